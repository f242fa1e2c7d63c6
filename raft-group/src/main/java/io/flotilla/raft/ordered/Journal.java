package io.flotilla.raft.ordered;

import io.flotilla.proto.command.JournalItem;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// The items that a replica knows and that its log does not hold: those to be processed, and those
/// that were, because a state that arrives may have been made before them. Bounded: those beyond
/// come with the log.
final class Journal {
  private final int capacity;
  private final TreeMap<Long, JournalItem> items = new TreeMap<>();
  private long inLog;

  Journal(int capacity) {
    this.capacity = capacity;
  }

  /// An item from the root group.
  void offer(JournalItem item) {
    if (items.size() < capacity) {
      items.putIfAbsent(item.getNumber(), item);
    }
  }

  /// An item at its place in the group's log.
  void log(JournalItem item) {
    items.putIfAbsent(item.getNumber(), item);
    inLog = Math.max(inLog, item.getNumber());
  }

  /// The newest item whose place in the log was reached while it was not processed.
  long inLog() {
    return inLog;
  }

  /// The one that comes after an item; null while it is not known.
  @Nullable JournalItem next(long processed) {
    return items.get(processed + 1);
  }

  /// Everything up to an item is in the log.
  void logged(long item) {
    items.headMap(item, true).clear();
  }
}
