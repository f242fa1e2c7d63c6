package io.flotilla.node.cluster;

import java.io.IOException;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/// Turns host names into addresses.
@FunctionalInterface
public interface Names {
  /// Blocks.
  ///
  /// @param host a name or a literal address
  /// @throws IOException when there is no such name, or nobody who knows
  String address(String host) throws IOException;

  /// The system's resolver. In a cluster that starts all at once the names may be late, so it is
  /// asked once a second until `patience` is over (etcd behaviour).
  static Names system(Duration patience) {
    return host -> {
      long end = System.nanoTime() + patience.toNanos();
      while (true) {
        try {
          return InetAddress.getByName(host).getHostAddress();
        } catch (UnknownHostException unknown) {
          if (System.nanoTime() - end >= 0) {
            throw new IOException("lookup " + host + ": no such host", unknown);
          }
          pause();
        }
      }
    };
  }

  private static void pause() throws IOException {
    try {
      TimeUnit.SECONDS.sleep(1);
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted while a name was resolved", interrupted);
    }
  }
}
