package io.flotilla.simulation.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// One node of a [Cluster]: its process, ports and directory. Controlled by one thread.
final class Node {
  private static final String NEW = "new";

  private final int number;
  private final Path home;
  private final ServerProcess process;
  private final Endpoint client;
  private final Endpoint peers;
  private final Endpoint advertised;
  private final DataDisk disk;
  private String state = NEW;

  /// @param client where clients connect
  /// @param peers where the proxy connects
  /// @param advertised where other nodes connect: the proxy
  Node(int number, Path home, DataDisk disk, Endpoint client, Endpoint peers, Endpoint advertised) {
    this.number = number;
    this.home = home;
    this.disk = disk;
    this.client = client;
    this.peers = peers;
    this.advertised = advertised;
    this.process = new ServerProcess(home, home.resolve("server.log"));
  }

  int number() {
    return number;
  }

  String name() {
    return "n" + number;
  }

  Endpoint client() {
    return client;
  }

  Endpoint advertised() {
    return advertised;
  }

  ServerProcess process() {
    return process;
  }

  DataDisk disk() {
    return disk;
  }

  /// @param command the server up to its flags
  /// @param cluster `NAME=URL,...` of all members
  /// @param founding flags for founders only
  void start(List<String> command, String cluster, List<String> founding) {
    var line = new ArrayList<>(command);
    line.addAll(List.of("--name", name(), "--data-dir", data().toString()));
    line.addAll(List.of("--listen-client-urls", client.url()));
    line.addAll(List.of("--advertise-client-urls", client.url()));
    line.addAll(List.of("--listen-peer-urls", peers.url()));
    line.addAll(List.of("--initial-advertise-peer-urls", advertised.url()));
    line.addAll(List.of("--initial-cluster", cluster, "--initial-cluster-state", state));
    line.addAll(List.of("--initial-cluster-token", "chaos"));
    if (state.equals(NEW)) {
      line.addAll(founding);
    }
    try {
      Files.createDirectories(home);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    process.start(line);
  }

  /// From now on it is one that joined a cluster, not one of its founders.
  void joins() {
    state = "existing";
  }

  private Path data() {
    return disk.path().resolve("data");
  }

  /// Deletes the data directory.
  void wipe() {
    deleteTree(data());
  }

  static void deleteTree(Path root) {
    if (!Files.exists(root)) {
      return;
    }
    try (var files = Files.walk(root)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot delete " + root, failure);
    }
  }

  @Override
  public String toString() {
    return name();
  }
}
