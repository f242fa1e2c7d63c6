package io.flotilla.raft.core;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;
import static io.flotilla.base.Invariants.checkEqual;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The newest part of the log in memory: everything after [#base], without a gap.
///
/// A ring indexed by log index, so that appending, dropping a prefix and cutting a suffix cost
/// nothing per entry that stays.
final class EntryWindow {
  private static final int FIRST_SLOTS = 64;

  private @Nullable Entry[] ring = new @Nullable Entry[FIRST_SLOTS];
  private EntryId base;
  private long lastIndex;
  private long bytes;

  EntryWindow(EntryId base) {
    this.base = base;
    this.lastIndex = base.index();
  }

  /// The entry before the first one here: the last one that was dropped.
  EntryId base() {
    return base;
  }

  long lastIndex() {
    return lastIndex;
  }

  /// What the entries here weigh.
  long bytes() {
    return bytes;
  }

  /// @param index in `(base, last]`
  Entry get(long index) {
    checkAtMost(base.index() + 1, index, "the window holds what is asked for");
    checkAtMost(index, lastIndex, "the window holds what is asked for");
    Entry entry = ring[slot(index)];
    if (entry == null) {
      throw new IllegalStateException("no entry in the slot of index " + index);
    }
    return entry;
  }

  /// @param index in `[base, last]`
  long termAt(long index) {
    return index == base.index() ? base.term() : get(index).term();
  }

  /// Entries from `from` on, as many as weigh up to `maxBytes`, at least one if there is one.
  ///
  /// @param to inclusive
  List<Entry> slice(long from, long to, long maxBytes) {
    var slice = new ArrayList<Entry>((int) Math.min(Math.max(0, to - from + 1), 64));
    long taken = 0;
    for (long index = from; index <= to; index++) {
      Entry entry = get(index);
      taken += entry.weightBytes();
      if (taken > maxBytes && !slice.isEmpty()) {
        break;
      }
      slice.add(entry);
    }
    return slice;
  }

  void append(Entry entry) {
    checkEqual(entry.index(), lastIndex + 1, "a log has no gap");
    checkAtMost(termAt(lastIndex), entry.term(), "terms in a log do not go back");
    if (lastIndex - base.index() == ring.length) {
      grow();
    }
    lastIndex++;
    ring[slot(lastIndex)] = entry;
    bytes += entry.weightBytes();
  }

  /// Cuts off everything after `index`.
  void keepTo(long index) {
    checkAtMost(base.index(), index, "what was dropped is not cut");
    while (lastIndex > index) {
      bytes -= get(lastIndex).weightBytes();
      ring[slot(lastIndex)] = null;
      lastIndex--;
    }
  }

  /// Drops everything up to `index`, which becomes the base.
  void dropTo(long index) {
    long baseTerm = termAt(index);
    for (long i = base.index() + 1; i <= index; i++) {
      bytes -= get(i).weightBytes();
      ring[slot(i)] = null;
    }
    base = new EntryId(baseTerm, index);
    check(bytes >= 0, "a window does not weigh less than nothing");
  }

  /// Forgets all entries; the next one follows `newBase`.
  void reset(EntryId newBase) {
    ring = new @Nullable Entry[FIRST_SLOTS];
    base = newBase;
    lastIndex = newBase.index();
    bytes = 0;
  }

  private void grow() {
    var larger = new @Nullable Entry[ring.length * 2];
    for (long i = base.index() + 1; i <= lastIndex; i++) {
      larger[(int) (i & (larger.length - 1))] = ring[slot(i)];
    }
    ring = larger;
  }

  private int slot(long index) {
    return (int) (index & (ring.length - 1));
  }
}
