package io.flotilla.raft.ordered;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/// Those who wait for an item to be processed.
final class ProcessedWaits {
  private final TreeMap<Long, List<Runnable>> byItem = new TreeMap<>();

  /// Returns what gives the wait up.
  Runnable add(long item, Runnable then) {
    byItem.computeIfAbsent(item, _ -> new ArrayList<>(1)).add(then);
    return () -> giveUp(item, then);
  }

  private void giveUp(long item, Runnable then) {
    List<Runnable> waits = byItem.get(item);
    if (waits != null) {
      waits.remove(then);
      if (waits.isEmpty()) {
        byItem.remove(item);
      }
    }
  }

  /// Everything up to an item is processed.
  void processed(long item) {
    while (!byItem.isEmpty() && byItem.firstKey() <= item) {
      byItem.pollFirstEntry().getValue().forEach(Runnable::run);
    }
  }
}
