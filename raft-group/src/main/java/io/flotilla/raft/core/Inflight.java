package io.flotilla.raft.core;

import static io.flotilla.base.Invariants.check;

/// Append messages sent to one follower and not answered yet: a ring of (last index, weight).
final class Inflight {
  private static final int FIRST_SLOTS = 8;

  private final int messagesMax;
  private final long bytesMax;
  private long[] lastIndexes = new long[FIRST_SLOTS];
  private long[] weights = new long[FIRST_SLOTS];
  private int first;
  private int count;
  private long bytes;

  Inflight(int messagesMax, long bytesMax) {
    this.messagesMax = messagesMax;
    this.bytesMax = bytesMax;
  }

  boolean isFull() {
    return count >= messagesMax || bytes >= bytesMax;
  }

  int count() {
    return count;
  }

  void add(long lastIndex, long weightBytes) {
    check(!isFull(), "no more is in flight than allowed");
    if (count == lastIndexes.length) {
      grow();
    }
    int slot = (first + count) % lastIndexes.length;
    lastIndexes[slot] = lastIndex;
    weights[slot] = weightBytes;
    count++;
    bytes += weightBytes;
  }

  /// Everything up to `index` was answered.
  void freeTo(long index) {
    while (count > 0 && lastIndexes[first] <= index) {
      bytes -= weights[first];
      first = (first + 1) % lastIndexes.length;
      count--;
    }
  }

  void clear() {
    first = 0;
    count = 0;
    bytes = 0;
  }

  private void grow() {
    int slots = lastIndexes.length;
    var moreIndexes = new long[slots * 2];
    var moreWeights = new long[slots * 2];
    for (int i = 0; i < count; i++) {
      moreIndexes[i] = lastIndexes[(first + i) % slots];
      moreWeights[i] = weights[(first + i) % slots];
    }
    lastIndexes = moreIndexes;
    weights = moreWeights;
    first = 0;
  }
}
