package io.flotilla.router.front.rpc;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Tells of unary calls that took long: which method, how long, how big. Never keys or values.
///
/// When everything is slow, lines about it must not make it slower: a node writes at most
/// [#LINES_PER_SECOND] of them, counts the rest, and tells their number a second after the first
/// that was left out. One for all event loops; the lock is taken for slow calls only.
public final class SlowLog {
  static final int LINES_PER_SECOND = 5;

  private static final long SECOND_NANOS = 1_000_000_000;
  private static final Logger log = LoggerFactory.getLogger(SlowLog.class);

  private final Lines lines;
  private long windowNanos;
  private int written;
  private long leftOut;

  public SlowLog() {
    this(new LoggedLines());
  }

  SlowLog(Lines lines) {
    this.lines = lines;
  }

  /// One slow call.
  ///
  /// @param responseBytes 0 when it failed
  record Slow(String method, long tookMillis, int requestBytes, int responseBytes) {}

  /// Where the lines go.
  interface Lines {
    void one(Slow call);

    void more(long count);
  }

  /// Runs a task on the caller's loop in a second.
  interface InASecond {
    void run(Runnable task);
  }

  void tell(Slow call, long nowNanos, InASecond timer) {
    if (mayWrite(nowNanos)) {
      lines.one(call);
    } else if (leaveOut()) {
      timer.run(this::summarise);
    }
  }

  private synchronized boolean mayWrite(long nowNanos) {
    if (written == 0 || nowNanos - windowNanos >= SECOND_NANOS) {
      windowNanos = nowNanos;
      written = 0;
    }
    boolean room = written < LINES_PER_SECOND;
    written += room ? 1 : 0;
    return room;
  }

  /// Whether this is the first of those that the next summary counts.
  private synchronized boolean leaveOut() {
    return leftOut++ == 0;
  }

  private void summarise() {
    lines.more(takeLeftOut());
  }

  private synchronized long takeLeftOut() {
    long count = leftOut;
    leftOut = 0;
    return count;
  }

  private static final class LoggedLines implements Lines {
    @Override
    public void one(Slow call) {
      log.atWarn()
          .addKeyValue("event", "slow-request")
          .addKeyValue("method", call.method())
          .addKeyValue("took_ms", call.tookMillis())
          .addKeyValue("request_bytes", call.requestBytes())
          .addKeyValue("response_bytes", call.responseBytes())
          .log("request took longer than expected");
    }

    @Override
    public void more(long count) {
      log.atWarn()
          .addKeyValue("event", "slow-requests")
          .addKeyValue("count", count)
          .log("{} more requests were slow", count);
    }
  }
}
