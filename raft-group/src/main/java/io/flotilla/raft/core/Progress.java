package io.flotilla.raft.core;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

/// What a leader knows of one replica's log (Raft figure 2, "volatile state on leaders"), and what
/// it may send to it next.
///
/// Invariant: `match < next`.
final class Progress {
  /// How the leader sends.
  enum State {
    /// Looks for the place where the logs agree: one message at a time.
    PROBE,
    /// Sends ahead of the answers.
    REPLICATE,
    /// Waits for a snapshot to arrive.
    SNAPSHOT
  }

  private final Inflight inflight;
  private State state = State.PROBE;
  private long match;
  private long next;
  // PROBE: a probe is on its way and neither an answer nor a heartbeat's answer came back
  private boolean awaitsAnswer;
  // SNAPSHOT: the last index that the snapshot contains
  private long snapshotIndex;
  // a heartbeat was answered: ask with an empty append whether something was lost
  private boolean verify;
  private long toldCommit;
  private boolean active;
  private long readContext;

  Progress(long next, RaftConfig.Bounds bounds) {
    this.next = next;
    this.inflight = new Inflight(bounds.inflightMessages(), bounds.inflightBytes());
  }

  State state() {
    return state;
  }

  /// Highest index known to be durable there and equal to the leader's log.
  long match() {
    return match;
  }

  /// Index of the next entry to send.
  long next() {
    return next;
  }

  long snapshotIndex() {
    return snapshotIndex;
  }

  /// Newest commit index that it was told.
  long toldCommit() {
    return toldCommit;
  }

  /// Newest batch of reads for which it acknowledged the leader.
  long readContext() {
    return readContext;
  }

  /// Whether anything was heard from it since [#forgetActivity].
  boolean isActive() {
    return active;
  }

  void heard() {
    active = true;
  }

  void forgetActivity() {
    active = false;
  }

  /// Whether entries may be sent now.
  boolean maySendEntries() {
    return switch (state) {
      case PROBE -> !awaitsAnswer;
      case REPLICATE -> !inflight.isFull();
      case SNAPSHOT -> false;
    };
  }

  /// Whether an append without entries is due to `commit`: it tells of a commit, or asks whether
  /// something was lost.
  boolean wantsEmptyAppend(long commit) {
    return switch (state) {
      case PROBE -> false;
      case REPLICATE -> verify || toldCommit < Math.min(commit, next - 1);
      case SNAPSHOT -> false;
    };
  }

  /// Entries up to `lastIndex` were sent; none if it is `next - 1`.
  void onSent(long lastIndex, long weightBytes, long commit) {
    checkAtMost(next - 1, lastIndex, "appends continue what was sent");
    verify = false;
    toldCommit = Math.max(toldCommit, commit);
    switch (state) {
      case PROBE -> awaitsAnswer = true;
      case REPLICATE -> {
        if (lastIndex >= next) {
          inflight.add(lastIndex, weightBytes);
          next = lastIndex + 1;
        }
      }
      case SNAPSHOT -> throw new IllegalStateException("nothing is sent beside a snapshot");
    }
  }

  /// The log is equal and durable up to `index`. Returns whether that says something new.
  ///
  /// @param base from where on the leader's log still holds what would follow
  boolean onAccepted(long index, long base) {
    boolean advanced = index > match;
    boolean probed = state == State.PROBE && index == match;
    if (!advanced && !probed) {
      return false;
    }
    match = index;
    next = Math.max(next, match + 1);
    switch (state) {
      case PROBE -> becomeReplicate();
      case REPLICATE -> inflight.freeTo(match);
      case SNAPSHOT -> {
        if (match >= base) {
          becomeReplicate();
        }
      }
    }
    return true;
  }

  /// The entry before those sent is not held there. Returns whether that was news.
  ///
  /// @param prevIndex the one refused
  /// @param retryAfter the entry to try next: `next` becomes the one after it
  boolean onRejected(long prevIndex, long retryAfter) {
    switch (state) {
      case REPLICATE -> {
        if (prevIndex <= match) {
          return false; // an old answer
        }
        becomeProbe();
      }
      case PROBE -> {
        if (prevIndex != next - 1) {
          return false; // not the answer to the last probe
        }
        next = Math.max(Math.min(prevIndex, retryAfter + 1), match + 1);
        awaitsAnswer = false;
      }
      case SNAPSHOT -> {
        return false;
      }
    }
    return true;
  }

  /// A heartbeat was answered, so the way there and back works.
  void onHeartbeatReply(long context, long lastIndex) {
    readContext = Math.max(readContext, context);
    awaitsAnswer = false;
    verify = match < lastIndex;
  }

  /// A snapshot up to `index` is to be streamed.
  void becomeSnapshot(long index) {
    checkAtMost(match + 1, index, "a snapshot contains what is missing");
    state = State.SNAPSHOT;
    snapshotIndex = index;
    inflight.clear();
  }

  /// A snapshot up to `arrived` was handed over, or not (0).
  void onSnapshotEnded(long arrived) {
    if (state == State.SNAPSHOT) {
      becomeProbe();
      next = Math.max(next, arrived + 1);
      awaitsAnswer = arrived > 0; // its acceptance comes once it is installed
    }
  }

  private void becomeProbe() {
    state = State.PROBE;
    next = match + 1;
    awaitsAnswer = false;
    snapshotIndex = 0;
    inflight.clear();
  }

  private void becomeReplicate() {
    state = State.REPLICATE;
    next = match + 1;
    awaitsAnswer = false;
    snapshotIndex = 0;
    inflight.clear();
  }

  void checkInvariants(long lastIndex) {
    check(match < next, "match < next");
    checkAtMost(match, lastIndex, "nobody holds more than the leader");
    checkAtMost(next, lastIndex + 1, "nothing is sent that does not exist");
  }

  @Override
  public String toString() {
    return state + " match=" + match + " next=" + next + " inflight=" + inflight.count();
  }
}
