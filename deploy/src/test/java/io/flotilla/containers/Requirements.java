package io.flotilla.containers;

import java.io.IOException;
import java.util.Optional;
import org.testcontainers.DockerClientFactory;

/// What these tests need of the machine.
final class Requirements {
  private Requirements() {}

  /// Why they cannot run here; empty when they can.
  static Optional<String> missing() {
    if (!DockerClientFactory.instance().isDockerAvailable()) {
      return Optional.of("no container engine answers: start dockerd");
    }
    if (!runs("etcdctl", "version")) {
      return Optional.of("etcdctl is not on PATH (Debian package etcd-client)");
    }
    return NodeImage.missing();
  }

  private static boolean runs(String... command) {
    try {
      return new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start()
              .waitFor()
          == 0;
    } catch (IOException _) {
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
