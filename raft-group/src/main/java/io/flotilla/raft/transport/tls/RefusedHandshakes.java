package io.flotilla.raft.transport.tls;

import io.netty.handler.ssl.NotSslRecordException;
import org.slf4j.Logger;

/// Tells of connections that ended before they stood, mostly for want of a certificate. Anybody on
/// the network can cause them, so a listener's loop writes a line in a second at most and counts
/// the rest into the next one. One loop.
public final class RefusedHandshakes {
  private static final long SECOND_NANOS = 1_000_000_000;

  private long lastNanos = System.nanoTime() - SECOND_NANOS;
  private long untold;

  /// @param port what kind of port it is
  /// @param listener where it listens
  public void tell(Logger log, String port, String listener, Throwable fault) {
    untold++;
    long now = System.nanoTime();
    if (now - lastNanos < SECOND_NANOS) {
      return;
    }
    log.atWarn()
        .addKeyValue("event", "connection-refused")
        .addKeyValue("port", port)
        .addKeyValue("listener", listener)
        .addKeyValue("count", untold)
        .addKeyValue("reason", reason(fault))
        .log("refused a connection");
    lastNanos = now;
    untold = 0;
  }

  /// The cause says more than what wraps it. What was sent in place of TLS may be a secret.
  private static String reason(Throwable fault) {
    Throwable deepest = fault;
    while (deepest.getCause() != null && deepest.getCause() != deepest) {
      deepest = deepest.getCause();
    }
    if (deepest instanceof NotSslRecordException) {
      return "the client does not speak TLS";
    }
    String message = deepest.getMessage();
    return message == null ? deepest.getClass().getSimpleName() : message;
  }
}
