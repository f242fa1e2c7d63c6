package io.flotilla.simulation.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;

/// Ports that nobody listens on, and that stay free while a node is down: none of those that the
/// machine gives to outgoing connections and to whoever listens on any port.
final class FreePorts {
  private static final int LOWEST = 10_000;
  private static final int BEHIND_HIGHEST = 32_000;
  private static final int ATTEMPTS = 1_000;

  private FreePorts() {}

  static List<Endpoint> take(int count) {
    var sockets = new ArrayList<ServerSocket>();
    try {
      for (int i = 0; i < count; i++) {
        sockets.add(bind());
      }
      return sockets.stream().map(socket -> new Endpoint(socket.getLocalPort())).toList();
    } catch (IOException failure) {
      throw new UncheckedIOException("no free port", failure);
    } finally {
      sockets.forEach(FreePorts::close);
    }
  }

  private static ServerSocket bind() throws IOException {
    for (int attempt = 1; ; attempt++) {
      int port = ThreadLocalRandom.current().nextInt(LOWEST, BEHIND_HIGHEST);
      try {
        return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
      } catch (BindException taken) {
        if (attempt == ATTEMPTS) {
          throw taken;
        }
      }
    }
  }

  private static void close(ServerSocket socket) {
    try {
      socket.close();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }
}
