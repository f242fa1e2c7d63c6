package io.flotilla.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A cluster of server processes in directories of their own, seen through a member that did not
/// lead when it was chosen. All end with [#close].
final class ClusterServer implements Server {
  private final Path directory;
  private final List<Launcher> members;
  private final Launcher chosen;
  private final Dialect dialect;
  private final Etcd client;
  private final List<Etcd> clients = new ArrayList<>();

  ClusterServer(List<String> command, List<String> flags, int size) {
    try {
      directory = Files.createTempDirectory("contract");
      List<Path> directories = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        directories.add(Files.createDirectory(directory.resolve("member" + i)));
      }
      members = Launcher.cluster(command, flags, directories);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    members.forEach(Launcher::spawn);
    members.forEach(Launcher::awaitReady);
    chosen = follower();
    dialect = Dialect.of(Http.serverVersion(chosen.endpoint()));
    client = new Etcd(chosen.endpoint());
    members.forEach(member -> clients.add(new Etcd(member.endpoint())));
  }

  private Launcher follower() {
    for (Launcher member : members) {
      try (var asking = new Etcd(member.endpoint())) {
        if (!leads(asking)) {
          return member;
        }
      }
    }
    throw new IllegalStateException("everybody says that it leads");
  }

  private static boolean leads(Etcd asking) {
    var status = asking.status();
    return status.getLeader() == status.getHeader().getMemberId();
  }

  @Override
  public int size() {
    return members.size();
  }

  @Override
  public Etcd leader() {
    return clients.stream()
        .filter(ClusterServer::leads)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("nobody says that it leads"));
  }

  @Override
  public String endpoint() {
    return chosen.endpoint();
  }

  @Override
  public Dialect dialect() {
    return dialect;
  }

  @Override
  public Etcd client() {
    return client;
  }

  /// Kills all members at once.
  @Override
  public void crashAndRestart() {
    members.forEach(Launcher::kill);
    members.forEach(Launcher::spawn);
    members.forEach(Launcher::awaitReady);
  }

  @Override
  public void close() {
    client.close();
    clients.forEach(Etcd::close);
    members.forEach(Launcher::close);
    try (var files = Files.walk(directory)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
