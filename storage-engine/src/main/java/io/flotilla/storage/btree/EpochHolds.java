package io.flotilla.storage.btree;

import static io.flotilla.base.Invariants.check;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Decides when something that the present state no longer uses can be used again.
///
/// A thing made in epoch `birth` and dropped in epoch `end` is seen by the state frozen at the end
/// of epoch `x` exactly when `birth <= x < end`. Frozen states are held: by read views, by a
/// running checkpoint, by the durable meta pages. A dropped thing is parked at a hold that sees it,
/// and looked at again when that hold is released.
final class EpochHolds {
  /// Takes back what nobody sees any more.
  interface Reclaimer {
    void reclaim(long item, int count);
  }

  /// One frozen state.
  static final class Hold {
    private static final int FIELDS = 4;

    final long epoch;
    private long[] parked = new long[0];
    private int used;

    private Hold(long epoch) {
      this.epoch = epoch;
    }

    private void park(long item, int count, long birth, long end) {
      if (used + FIELDS > parked.length) {
        parked = Arrays.copyOf(parked, Math.max(64, parked.length * 2));
      }
      parked[used++] = item;
      parked[used++] = count;
      parked[used++] = birth;
      parked[used++] = end;
    }
  }

  private final Reclaimer reclaimer;
  private final List<Hold> holds = new ArrayList<>(); // ascending epochs

  EpochHolds(Reclaimer reclaimer) {
    this.reclaimer = reclaimer;
  }

  /// Holds the state frozen at the end of `epoch`.
  Hold hold(long epoch) {
    check(
        holds.isEmpty() || holds.getLast().epoch < epoch, "states are held in the order of epochs");
    Hold hold = new Hold(epoch);
    holds.add(hold);
    return hold;
  }

  void release(Hold hold) {
    check(holds.remove(hold), "a hold is released once");
    long[] parked = hold.parked;
    for (int at = 0; at < hold.used; at += Hold.FIELDS) {
      retire(parked[at], (int) parked[at + 1], parked[at + 2], parked[at + 3]);
    }
    hold.parked = new long[0];
    hold.used = 0;
  }

  /// Gives up `count` things from `item` on, made in `birth`, unused since `end`.
  void retire(long item, int count, long birth, long end) {
    Hold holder = newest(birth, end);
    if (holder == null) {
      reclaimer.reclaim(item, count);
    } else {
      holder.park(item, count, birth, end);
    }
  }

  /// One past the highest parked item of the holds from `epoch` on; zero when there is none.
  long parkedLimit(long fromEpoch) {
    long limit = 0;
    for (Hold hold : holds) {
      for (int at = 0; hold.epoch >= fromEpoch && at < hold.used; at += Hold.FIELDS) {
        limit = Math.max(limit, hold.parked[at] + hold.parked[at + 1]);
      }
    }
    return limit;
  }

  private @Nullable Hold newest(long birth, long end) {
    for (int i = holds.size() - 1; i >= 0; i--) {
      Hold hold = holds.get(i);
      if (hold.epoch < birth) {
        return null;
      }
      if (hold.epoch < end) {
        return hold;
      }
    }
    return null;
  }
}
