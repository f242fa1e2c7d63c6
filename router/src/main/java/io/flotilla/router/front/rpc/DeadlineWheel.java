package io.flotilla.router.front.rpc;

import io.flotilla.base.Invariants;
import org.jspecify.annotations.Nullable;

/// Deadlines of many calls on one timer: scheduling and cancelling cost a few pointer writes and no
/// allocation, since the calls themselves are the list nodes.
///
/// Owned by one event loop. Resolution is one tick; an entry never expires early.
public final class DeadlineWheel {
  private final long tickNanos;
  private final Entry[] slots;
  private final Entry due = new Head();
  private final long originNanos;
  private long currentTick;
  private int size;

  /// @param slotCount a power of two; deadlines further off than `slotCount` ticks go round again
  public DeadlineWheel(long nowNanos, long tickNanos, int slotCount) {
    Invariants.checkAtMost(1, tickNanos, "a tick lasts");
    Invariants.checkEqual(Integer.bitCount(slotCount), 1, "the slots are a power of two");
    this.originNanos = nowNanos;
    this.tickNanos = tickNanos;
    this.slots = new Entry[slotCount];
    for (int i = 0; i < slotCount; i++) {
      slots[i] = new Head();
    }
  }

  /// Entries that wait.
  public int size() {
    return size;
  }

  public long tickNanos() {
    return tickNanos;
  }

  /// Lets `entry` expire at `deadlineNanos` or within a tick after it, instead of whenever it was
  /// to expire before.
  public void schedule(Entry entry, long deadlineNanos) {
    cancel(entry);
    long ticks = Math.ceilDiv(deadlineNanos - originNanos, tickNanos);
    entry.expiryTick = Math.max(ticks, currentTick + 1);
    entry.linkAfter(slots[(int) (entry.expiryTick & (slots.length - 1))].previous());
    size++;
  }

  /// Forgets `entry`; does nothing if it is not waiting.
  public void cancel(Entry entry) {
    if (entry.isLinked()) {
      entry.unlink();
      size--;
    }
  }

  /// Expires what is due. Entries may schedule and cancel from within.
  public void advance(long nowNanos) {
    long target = Math.floorDiv(nowNanos - originNanos, tickNanos);
    if (target - currentTick >= slots.length) {
      // Every slot is visited once; what is due in any of the missed rounds is found there.
      long first = target - slots.length + 1;
      currentTick = Math.max(currentTick, first - 1);
    }
    while (currentTick < target) {
      currentTick++;
      expireSlot(slots[(int) (currentTick & (slots.length - 1))], target);
    }
  }

  /// What is due leaves the slot before any of it runs: running may move every other entry.
  private void expireSlot(Entry head, long target) {
    Entry entry = head.next();
    while (entry != head) {
      Entry next = entry.next();
      if (entry.expiryTick <= target) {
        entry.unlink();
        entry.linkAfter(due.previous());
      }
      entry = next;
    }
    while (due.next() != due) {
      Entry expired = due.next();
      cancel(expired);
      expired.onDeadline();
    }
  }

  /// Something with a deadline; a node of the wheel's lists.
  public abstract static class Entry {
    private @Nullable Entry previous;
    private @Nullable Entry next;
    private long expiryTick;

    /// The deadline has passed; the entry no longer waits.
    protected abstract void onDeadline();

    private boolean isLinked() {
      return next != null;
    }

    private Entry next() {
      Entry following = next;
      if (following == null) {
        throw new IllegalStateException("not linked");
      }
      return following;
    }

    private Entry previous() {
      Entry preceding = previous;
      if (preceding == null) {
        throw new IllegalStateException("not linked");
      }
      return preceding;
    }

    private void linkAfter(Entry head) {
      Entry after = head.next();
      previous = head;
      next = after;
      head.next = this;
      after.previous = this;
    }

    private void unlink() {
      Entry before = previous;
      Entry after = next;
      if (before != null && after != null) {
        before.next = after;
        after.previous = before;
      }
      previous = null;
      next = null;
    }
  }

  private static final class Head extends Entry {
    Head() {
      super.previous = this;
      super.next = this;
    }

    @Override
    protected void onDeadline() {
      throw new IllegalStateException("a list head has no deadline");
    }
  }
}
