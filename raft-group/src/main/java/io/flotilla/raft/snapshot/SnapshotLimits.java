package io.flotilla.raft.snapshot;

import static io.flotilla.base.Invariants.checkAtMost;

/// Bounds of moving states.
///
/// @param chunkBytes of data in one part
/// @param windowBytes read from the state and not confirmed by the receiver, per transfer
/// @param bytesPerSecond that this node sends in all; 0 for as fast as it goes
/// @param sends under way at a time; more wait
/// @param receives under way at a time; more are refused and tried again later
/// @param times how long things may take
public record SnapshotLimits(
    int chunkBytes, int windowBytes, long bytesPerSecond, int sends, int receives, Times times) {
  public SnapshotLimits {
    checkAtMost(1, chunkBytes, "a chunk has a byte");
    checkAtMost(chunkBytes, windowBytes, "a chunk may be on its way");
    checkAtMost(0, bytesPerSecond, "a rate is not negative");
    checkAtMost(1, sends, "a state may be sent");
    checkAtMost(1, receives, "a state may be received");
  }

  /// @param holdMillis how long a frozen state is kept open, because it keeps its pages from being
  ///     used again; with a rate, twice what its bytes take is added. Then it starts over
  /// @param askMillis of silence, after which a sender asks how far the receiver is
  /// @param stallMillis of silence, after which a transfer has failed; also how long a broken
  ///     connection is waited for
  /// @param retryMillis before the first new attempt after a failure; doubles each time
  /// @param maxRetryMillis that it grows to
  public record Times(
      long holdMillis, long askMillis, long stallMillis, long retryMillis, long maxRetryMillis) {
    public Times {
      checkAtMost(1, askMillis, "time passes before an answer");
      checkAtMost(askMillis + 1, stallMillis, "who is silent is asked first");
      checkAtMost(stallMillis, holdMillis, "a state is held while a connection is waited for");
      checkAtMost(1, retryMillis, "time passes before a new attempt");
      checkAtMost(retryMillis, maxRetryMillis, "the time before an attempt grows");
    }

    /// Ten minutes, ten seconds, one minute, and from one second to half a minute.
    public static final Times DEFAULT = new Times(600_000, 10_000, 60_000, 1_000, 30_000);
  }

  /// Chunks of 256 KiB, 4 MiB on their way, two sends and two receives.
  public static SnapshotLimits defaults(long bytesPerSecond) {
    return new SnapshotLimits(256 << 10, 4 << 20, bytesPerSecond, 2, 2, Times.DEFAULT);
  }
}
