package io.flotilla.raft.log;

import java.util.Map;
import java.util.TreeMap;

/// The highest entry index in each segment of the WAL, to know which segments a cut frees.
final class SegmentIndexes {
  private final TreeMap<Integer, Long> highest = new TreeMap<>();

  void add(int sequence, long index) {
    highest.merge(sequence, index, Math::max);
  }

  /// Entries written so far are void, so nothing above `index` is needed from their segments.
  void restart(int sequence, long index) {
    highest.replaceAll((_, value) -> Math.min(value, index));
    add(sequence, index);
  }

  /// The first segment that holds an entry after `index`; `newest` when none before it does.
  int firstNeeded(long index, int newest) {
    for (Map.Entry<Integer, Long> segment : highest.entrySet()) {
      if (segment.getValue() > index) {
        return Math.min(segment.getKey(), newest);
      }
    }
    return newest;
  }

  void forgetBefore(int sequence) {
    highest.headMap(sequence).clear();
  }
}
