package io.flotilla.loadtest.failover;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// What became of each write of one client, by sequence number. Written by the client's event loop;
/// read by others after the client has stopped.
public final class WriteLog {
  private static final int FIRST_CAPACITY = 1 << 12;
  private static final int WRITES_MAX = 50_000_000;

  /// A write that was not acknowledged. It may have taken effect.
  ///
  /// @param doneNanos when that was known
  /// @param text the reason
  public record Failure(long doneNanos, String text) {}

  private final List<Failure> failures = new ArrayList<>();
  private long[] dueNanos = new long[FIRST_CAPACITY];
  private long[] doneNanos = new long[FIRST_CAPACITY];

  /// 0 until a write is acknowledged.
  private long[] revisions = new long[FIRST_CAPACITY];

  private int count;

  /// Notes that a write begins and gives it its sequence number.
  int begin(long due) {
    if (count == WRITES_MAX) {
      throw new IllegalStateException("a client made " + WRITES_MAX + " writes: run for less time");
    }
    if (count == dueNanos.length) {
      int capacity = (int) Math.min(WRITES_MAX, 2L * count);
      dueNanos = Arrays.copyOf(dueNanos, capacity);
      doneNanos = Arrays.copyOf(doneNanos, capacity);
      revisions = Arrays.copyOf(revisions, capacity);
    }
    dueNanos[count] = due;
    return count++;
  }

  /// @param revision the one in the answer, above 0
  void acknowledged(int sequence, long now, long revision) {
    if (revision < 1) {
      throw new IllegalArgumentException("an acknowledged write has a revision, not " + revision);
    }
    doneNanos[sequence] = now;
    revisions[sequence] = revision;
  }

  void failed(int sequence, long now, String text) {
    doneNanos[sequence] = now;
    failures.add(new Failure(now, text));
  }

  public int count() {
    return count;
  }

  public boolean isAcknowledged(int sequence) {
    return revisions[sequence] > 0;
  }

  /// The revision of an acknowledged write, otherwise 0.
  public long revision(int sequence) {
    return revisions[sequence];
  }

  /// When the write should have begun.
  public long dueNanos(int sequence) {
    return dueNanos[sequence];
  }

  /// When its outcome was known.
  public long doneNanos(int sequence) {
    return doneNanos[sequence];
  }

  public List<Failure> failures() {
    return failures;
  }
}
