package io.flotilla.contract;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;

/// A server process of ours in a directory of its own; both end with [#close].
final class ProcessServer implements Server {
  private final Path directory;
  private final Launcher launcher;
  private final Dialect dialect;
  private final Etcd client;

  ProcessServer(List<String> command, List<String> flags) {
    try {
      directory = Files.createTempDirectory("contract");
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    launcher = new Launcher(command, flags, directory);
    launcher.start();
    dialect = Dialect.of(Http.serverVersion(launcher.endpoint()));
    client = new Etcd(launcher.endpoint());
  }

  @Override
  public String endpoint() {
    return launcher.endpoint();
  }

  String peerUrl() {
    return launcher.peerUrl();
  }

  @Override
  public Dialect dialect() {
    return dialect;
  }

  @Override
  public Etcd client() {
    return client;
  }

  @Override
  public void crashAndRestart() {
    launcher.kill();
    launcher.start();
  }

  @Override
  public void close() {
    client.close();
    launcher.close();
    try (var files = Files.walk(directory)) {
      for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
