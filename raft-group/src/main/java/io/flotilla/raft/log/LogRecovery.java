package io.flotilla.raft.log;

import io.flotilla.base.CorruptionException;
import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.HardState;
import io.flotilla.storage.wal.WalPlace;
import io.flotilla.storage.wal.WalVisitor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Turns a log's records, in the order in which they were written, into the log that they mean.
///
/// A log whose first segments were given up may begin with entries that hang in the air: what
/// comes before them was in a segment that is gone. They are anchored by the cut that allowed to
/// give that segment up, which is further on. A log that is not anchored at its end is damaged.
final class LogRecovery implements WalVisitor {
  private final List<Entry> entries = new ArrayList<>();
  private final SegmentIndexes segments;
  private HardState hardState = HardState.FRESH;
  private EntryId mark = EntryId.ZERO;
  private boolean anchored;
  private @Nullable WalPlace last;

  LogRecovery(SegmentIndexes segments) {
    this.segments = segments;
  }

  @Override
  public void onRecord(WalPlace place, int kind, ByteBuffer payload) {
    if (last == null) {
      anchored = place.sequence() == 1;
    }
    last = place;
    switch (LogRecord.read(place, kind, payload)) {
      case LogRecord.Appended(Entry entry) -> append(place, entry);
      case LogRecord.Saved(HardState state) -> save(place, state);
      case LogRecord.Cut(EntryId id) -> cut(place, id);
      case LogRecord.Restarted(EntryId id) -> restart(place, id);
    }
  }

  private void append(WalPlace place, Entry entry) {
    if (entry.index() <= mark.index()) {
      throw place.corruption("entry " + entry.id() + " is not after the log's start " + mark);
    }
    while (!entries.isEmpty() && entries.getLast().index() >= entry.index()) {
      entries.removeLast(); // Raft §5.3: a conflicting entry goes, with all that follow it
    }
    EntryId before = entries.isEmpty() ? mark : entries.getLast().id();
    boolean hangs = entries.isEmpty() && !anchored;
    if (!hangs && before.index() + 1 != entry.index()) {
      throw place.corruption("entry " + entry.id() + " does not follow " + before);
    }
    if (entry.term() < before.term()) {
      throw place.corruption("entry " + entry.id() + " has an earlier term than " + before);
    }
    entries.add(entry);
    segments.add(place.sequence(), entry.index());
  }

  private void save(WalPlace place, HardState state) {
    if (state.term() < hardState.term()) {
      throw place.corruption("the term goes back from " + hardState.term() + " to " + state.term());
    }
    hardState = state;
  }

  /// While the log hangs, a cut may lie before what it holds: a later one brings them together.
  private void cut(WalPlace place, EntryId id) {
    checkForward(place, id);
    if (entries.isEmpty()) {
      if (anchored && !id.equals(mark)) {
        throw place.corruption("the log is cut at " + id + ", after its end " + mark);
      }
      mark = id;
      return;
    }
    mark = id;
    long first = entries.getFirst().index();
    long offset = id.index() - first;
    if (offset < -1 && !anchored) {
      return;
    }
    if (offset < -1 || offset >= entries.size()) {
      throw place.corruption("the log is cut at " + id + ", outside of what it holds");
    }
    if (offset >= 0 && entries.get((int) offset).term() != id.term()) {
      throw place.corruption("the log is cut at " + id + ", but holds another entry there");
    }
    entries.subList(0, (int) offset + 1).clear();
    anchored = true;
  }

  private void restart(WalPlace place, EntryId id) {
    checkForward(place, id);
    entries.clear();
    mark = id;
    anchored = true;
    segments.restart(place.sequence(), id.index());
  }

  private void checkForward(WalPlace place, EntryId id) {
    boolean back = id.index() < mark.index() || id.term() < mark.term();
    boolean other = id.index() == mark.index() && id.term() != mark.term();
    if (back || other) {
      throw place.corruption("the log's start goes back from " + mark + " to " + id);
    }
  }

  /// @throws CorruptionException when the log does not hang together
  RecoveredLog finish() {
    if (last != null && !entries.isEmpty() && entries.getFirst().index() != mark.index() + 1) {
      throw last.corruption(
          "the log begins with entry " + entries.getFirst().id() + ", but was cut at " + mark);
    }
    return new RecoveredLog(hardState, mark, entries);
  }
}
