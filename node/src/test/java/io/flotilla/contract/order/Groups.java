package io.flotilla.contract.order;

import com.google.protobuf.ByteString;
import io.flotilla.contract.Etcd;
import io.flotilla.contract.Launcher;
import io.flotilla.contract.Requests;
import io.flotilla.contract.Servers;
import io.flotilla.proto.etcd.WatchCreateRequest;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// A cluster of processes with eight groups: the root group and seven more, whose keys begin with
/// the letters `b` to `h`. The root group has those that begin with `a`.
final class Groups implements AutoCloseable {
  static final int COUNT = 8;

  private static final List<String> EIGHT = List.of("initial-shards=b,c,d,e,f,g,h");

  private final List<Launcher> members;
  private final List<Etcd> clients = new ArrayList<>();

  private Groups(List<Launcher> members) {
    this.members = members;
  }

  /// Starts one and waits until all its members serve.
  static Groups start(Path directory, int nodes) throws IOException {
    return start(directory, nodes, EIGHT);
  }

  /// Starts one of other groups.
  ///
  /// @param flags of all nodes
  static Groups start(Path directory, int nodes, List<String> flags) throws IOException {
    List<String> all = new ArrayList<>(flags);
    all.add("wal-segment-bytes=1048576");
    List<Path> directories = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      directories.add(Files.createDirectory(directory.resolve("node" + i)));
    }
    var groups = new Groups(Launcher.cluster(Servers.command(), all, directories));
    try {
      groups.members.forEach(Launcher::spawn);
      groups.members.forEach(Launcher::awaitReady);
    } catch (IllegalStateException failure) {
      groups.close();
      throw failure;
    }
    groups.members.forEach(member -> groups.clients.add(new Etcd(member.endpoint())));
    return groups;
  }

  Launcher node(int index) {
    return members.get(index);
  }

  /// The client of a member.
  Etcd client(int index) {
    return clients.get(index);
  }

  /// One of each member, in their order.
  List<Etcd> clients() {
    return List.copyOf(clients);
  }

  /// As [#clients], but new ones: those of nodes that were dead may wait before they try again.
  List<Etcd> reconnect() {
    clients.forEach(Etcd::close);
    clients.clear();
    members.forEach(member -> clients.add(new Etcd(member.endpoint())));
    return clients();
  }

  /// A key of a group.
  static ByteString key(int group, String name) {
    return Requests.bytes((char) ('a' + group) + "/" + name);
  }

  /// Every key there is.
  static WatchCreateRequest.Builder watchAll(long fromRevision) {
    return Requests.watch(Requests.FROM_KEY)
        .setRangeEnd(Requests.FROM_KEY)
        .setStartRevision(fromRevision);
  }

  @Override
  public void close() {
    clients.forEach(Etcd::close);
    members.forEach(Launcher::close);
  }
}
