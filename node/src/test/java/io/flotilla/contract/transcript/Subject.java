package io.flotilla.contract.transcript;

import io.flotilla.contract.Launcher;
import io.flotilla.contract.Servers;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// A new server, or a cluster seen through its last member. Ends with [#close].
final class Subject implements AutoCloseable {
  /// Keys of dialogues are single letters and words: these lie between them.
  private static final String SPLIT_KEYS = "b,c,d,f,k,m,t";

  private final Path directory;
  private final List<Launcher> members;

  private Subject(List<String> command, List<String> flags, int nodes) {
    try {
      directory = Files.createTempDirectory("transcript");
      List<Path> directories = new ArrayList<>();
      for (int i = 0; i < nodes; i++) {
        directories.add(Files.createDirectory(directory.resolve("member" + i)));
      }
      members = Launcher.cluster(command, flags, directories);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    members.forEach(Launcher::spawn);
    members.forEach(Launcher::awaitReady);
  }

  /// Our own, as `transcript.nodes` (1) and `transcript.shards` (`true`: eight groups) say.
  static Subject ours() {
    List<String> flags = hasShards() ? List.of("initial-shards=" + SPLIT_KEYS) : List.of();
    return new Subject(Servers.command(), flags, nodes());
  }

  /// How many members our own has.
  static int nodes() {
    return Integer.parseInt(Servers.property("transcript.nodes").orElse("1"));
  }

  /// Whether our own has several groups.
  static boolean hasShards() {
    return Boolean.parseBoolean(Servers.property("transcript.shards").orElse("false"));
  }

  /// A real etcd.
  static Subject etcd(Path binary) {
    return new Subject(List.of(binary.toString()), List.of(), 1);
  }

  Player player() {
    return new Player(members.getLast().endpoint());
  }

  @Override
  public void close() {
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
