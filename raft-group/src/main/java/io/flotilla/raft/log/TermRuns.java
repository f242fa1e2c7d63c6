package io.flotilla.raft.log;

import io.flotilla.raft.core.EntryId;
import java.util.Map;
import java.util.TreeMap;

/// Which term each entry of the log has: one item per term, since terms never decrease.
final class TermRuns {
  private final TreeMap<Long, Long> termFrom = new TreeMap<>();

  /// The log ends with `id` now; what was at its index or after it is gone.
  void append(EntryId id) {
    termFrom.tailMap(id.index(), true).clear();
    Map.Entry<Long, Long> before = termFrom.lastEntry();
    if (before == null || before.getValue() != id.term()) {
      termFrom.put(id.index(), id.term());
    }
  }

  void restart(EntryId id) {
    termFrom.clear();
    termFrom.put(id.index(), id.term());
  }

  /// Forgets what is before `id`, which the log holds.
  void dropBefore(EntryId id) {
    termFrom.headMap(id.index(), true).clear();
    termFrom.put(id.index(), id.term());
  }

  /// @param index not before the start of the log
  long termAt(long index) {
    Map.Entry<Long, Long> run = termFrom.floorEntry(index);
    return run == null ? 0 : run.getValue();
  }
}
