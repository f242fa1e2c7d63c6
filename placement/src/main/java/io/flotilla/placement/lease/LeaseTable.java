package io.flotilla.placement.lease;

import io.flotilla.base.Invariants;
import java.util.Arrays;
import java.util.function.LongConsumer;

/// All leases of the cluster, in memory and in a [LeaseStore].
///
/// Replicated: which leases exist, their TTL and the checkpointed rest of it. Changed only by
/// applying commands, the same on every replica, and written through to the store.
///
/// Volatile: deadlines and marks of what is on its way. They exist on the leader only (the
/// *primary*); a follower's leases never run out. A new primary gives each lease its checkpointed
/// rest or its full TTL and one election timeout, so a leader change never shortens a lease.
///
/// Owned by one thread. Times are nanoseconds of a clock that never goes back.
public final class LeaseTable {
  /// Heap bytes per lease that the arrays of a table that was just enlarged stay below.
  public static final int MAX_BYTES_PER_LEASE = 200;

  private static final long NANOS_PER_SECOND = 1_000_000_000L;
  private static final long FOREVER = Long.MAX_VALUE;
  private static final int MIN_SLOTS = 16;

  /// Taken by expiry: its revocation is proposed or about to be.
  private static final byte REVOKING = 1;
  /// A checkpoint of its remaining time is proposed and not yet applied.
  private static final byte CHECKPOINTING = 2;

  /*
   * Leases live in slots 0 .. size-1 of parallel arrays; the last one fills the hole that a removed
   * one leaves. A renewal only writes the deadline: the heap keeps the time under which the lease
   * was queued, which is never later than the deadline, and a lease that surfaces too early is
   * queued again. So a keep-alive costs one lookup, and the heap works once per lease and TTL
   * however often the lease is renewed.
   */
  private LeaseStore store;
  private final long originNanos;
  private LeaseIndex index = new LeaseIndex();
  private final DeadlineHeap queue = new DeadlineHeap();
  private long[] ids = new long[MIN_SLOTS];
  private long[] ttlSeconds = new long[MIN_SLOTS];
  /// The checkpointed rest; 0 when there is none.
  private long[] restSeconds = new long[MIN_SLOTS];
  /// Nanoseconds after the origin; meaningful on the primary only.
  private long[] deadlines = new long[MIN_SLOTS];
  private byte[] marks = new byte[MIN_SLOTS];
  private int size;
  private boolean primary;
  /// Where the search for leases to checkpoint goes on.
  private int scanSlot;

  private LeaseTable(LeaseStore store, long nowNanos) {
    this.store = store;
    this.originNanos = nowNanos;
  }

  /// The table as `store` holds it; not primary.
  public static LeaseTable restore(LeaseStore store, long nowNanos) {
    var table = new LeaseTable(store, nowNanos);
    store.forEach(
        (id, ttl, rest) -> {
          int slot = table.addSlot(id, ttl);
          table.restSeconds[slot] = rest;
        });
    return table;
  }

  /// Becomes what `other` is, which is not used any more: the state that the leases belong to was
  /// replaced. Neither is primary, as no leader's state is replaced. O(1).
  public void replaceBy(LeaseTable other) {
    Invariants.check(!primary && !other.primary, "a leader's leases are not replaced");
    store = other.store;
    index = other.index;
    ids = other.ids;
    ttlSeconds = other.ttlSeconds;
    restSeconds = other.restSeconds;
    deadlines = other.deadlines;
    marks = other.marks;
    size = other.size;
    scanSlot = 0;
  }

  public int size() {
    return size;
  }

  public boolean exists(long id) {
    return index.find(id, ids) != LeaseIndex.ABSENT;
  }

  /// The TTL that the lease was granted; 0 for an unknown one.
  public long ttlSeconds(long id) {
    int slot = index.find(id, ids);
    return slot == LeaseIndex.ABSENT ? 0 : ttlSeconds[slot];
  }

  /// Adds a lease. A TTL outside the legal bounds is brought inside them, the same everywhere.
  ///
  /// @return the effective TTL in seconds, 0 when the id is in use. Id 0 always is: it stands for
  ///     "no lease"
  public long grant(long id, long askedTtlSeconds, long nowNanos) {
    if (id == 0 || exists(id)) {
      return 0;
    }
    long ttl = Math.clamp(askedTtlSeconds, 1, LeaseLimits.MAX_TTL_SECONDS);
    int slot = addSlot(id, ttl);
    store.put(id, ttl, 0);
    if (primary) {
      deadlines[slot] = after(nowNanos, 0, ttl);
      queue.add(slot, deadlines[slot]);
    }
    return ttl;
  }

  /// Removes a lease.
  ///
  /// @return false when there is none
  public boolean revoke(long id) {
    int slot = index.find(id, ids);
    if (slot == LeaseIndex.ABSENT) {
      return false;
    }
    store.delete(id);
    removeSlot(slot);
    return true;
  }

  /// Keeps how much time a lease has left, for the next leader. The full TTL (or nothing) clears
  /// the checkpoint. An unknown lease is left alone: it was revoked meanwhile.
  public void checkpoint(long id, long remainingSeconds) {
    int slot = index.find(id, ids);
    if (slot == LeaseIndex.ABSENT) {
      return;
    }
    boolean clears = remainingSeconds <= 0 || remainingSeconds >= ttlSeconds[slot];
    restSeconds[slot] = clears ? 0 : remainingSeconds;
    if (!clears) {
      unmark(slot, CHECKPOINTING);
    }
    store.put(id, ttlSeconds[slot], restSeconds[slot]);
  }

  /// Whether deadlines count here: this replica leads and has applied all of earlier terms.
  public boolean primary() {
    return primary;
  }

  /// Starts deadlines: each lease gets its checkpointed rest, or else its full TTL, and
  /// `extraNanos` (one election timeout) on top. O(n).
  public void promote(long nowNanos, long extraNanos) {
    demote();
    primary = true;
    queue.reserve(ids.length);
    for (int slot = 0; slot < size; slot++) {
      deadlines[slot] = after(nowNanos, extraNanos, baseSeconds(slot));
      queue.add(slot, deadlines[slot]);
    }
  }

  /// Stops deadlines and forgets what was on its way.
  public void demote() {
    primary = false;
    queue.clear();
    Arrays.fill(deadlines, 0, size, FOREVER);
    Arrays.fill(marks, 0, size, (byte) 0);
  }

  /// Starts the TTL of a lease again. On the primary only. O(1).
  public Renewal renew(long id, long nowNanos) {
    Invariants.check(primary, "only the primary renews leases");
    int slot = index.find(id, ids);
    if (slot == LeaseIndex.ABSENT) {
      return new Renewal.Unknown();
    }
    if (marked(slot, REVOKING) || deadlines[slot] <= elapsed(nowNanos)) {
      return new Renewal.Expiring();
    }
    if (restSeconds[slot] != 0 || marked(slot, CHECKPOINTING)) {
      return new Renewal.Checkpointed(ttlSeconds[slot]);
    }
    // Never earlier: what a promotion gave on top stays, and the queue relies on it.
    deadlines[slot] = Math.max(deadlines[slot], after(nowNanos, 0, ttlSeconds[slot]));
    return new Renewal.Renewed(ttlSeconds[slot]);
  }

  /// Whole seconds left, rounded down, 0 for a lease that ran out; -1 for an unknown one. On the
  /// primary only.
  public long remainingSeconds(long id, long nowNanos) {
    Invariants.check(primary, "only the primary knows how long leases live");
    int slot = index.find(id, ids);
    return slot == LeaseIndex.ABSENT ? -1 : remainingNanos(slot, nowNanos) / NANOS_PER_SECOND;
  }

  /// Whether [#takeExpired] would find something to look at. On the primary only. O(1).
  public boolean anyDue(long nowNanos) {
    Invariants.check(primary, "only the primary expires leases");
    return queue.size() > 0 && queue.firstTime() <= elapsed(nowNanos);
  }

  /// Hands over leases that ran out, soonest first, and marks them: from here on they are not
  /// renewed. On the primary only.
  ///
  /// @param max the most to hand over
  /// @param budget the most queue entries to look at; renewed leases surface here too
  /// @return whether the search ended early: there may be more now
  public boolean takeExpired(long nowNanos, int max, int budget, LongConsumer sink) {
    Invariants.check(primary, "only the primary expires leases");
    long now = elapsed(nowNanos);
    int taken = 0;
    for (int looked = 0; queue.size() > 0 && queue.firstTime() <= now; looked++) {
      if (looked == budget || taken == max) {
        return true;
      }
      int slot = queue.first();
      if (deadlines[slot] != queue.firstTime()) {
        queue.change(slot, deadlines[slot]);
        continue;
      }
      queue.remove(slot);
      marks[slot] |= REVOKING;
      taken++;
      sink.accept(ids[slot]);
    }
    return false;
  }

  /// A lease that [#takeExpired] handed over was certainly not revoked: it is due again at once.
  /// Does nothing for a lease that is gone or was not taken in this leadership.
  public void giveBack(long id) {
    int slot = index.find(id, ids);
    if (slot != LeaseIndex.ABSENT && marked(slot, REVOKING)) {
      unmark(slot, REVOKING);
      queue.add(slot, deadlines[slot]);
    }
  }

  /// Searches the next `slots` leases for those whose last renewal or checkpoint is at least
  /// `intervalSeconds` ago and that then had more than that left, hands over their remaining whole
  /// seconds and marks them until [#checkpoint] is applied. On the primary only.
  ///
  /// @return how many were handed over, at most `max`
  public int takeCheckpoints(
      long nowNanos, long intervalSeconds, int slots, int max, CheckpointSink sink) {
    Invariants.check(primary, "only the primary checkpoints leases");
    int taken = 0;
    for (int looked = Math.min(slots, size); looked > 0 && taken < max; looked--) {
      scanSlot = scanSlot >= size ? 0 : scanSlot;
      int slot = scanSlot++;
      long left = Math.ceilDiv(remainingNanos(slot, nowNanos), NANOS_PER_SECOND);
      if (marks[slot] == 0
          && left > 0
          && baseSeconds(slot) > intervalSeconds
          && baseSeconds(slot) - left >= intervalSeconds) {
        marks[slot] |= CHECKPOINTING;
        taken++;
        sink.accept(ids[slot], left);
      }
    }
    return taken;
  }

  /// A checkpoint that [#takeCheckpoints] handed over certainly did not reach the log.
  public void giveBackCheckpoint(long id) {
    int slot = index.find(id, ids);
    if (slot != LeaseIndex.ABSENT) {
      unmark(slot, CHECKPOINTING);
    }
  }

  /// All leases in ascending remaining time; on a follower by the time that they would have from a
  /// promotion. A copy: later changes do not show. O(n) here, O(log n) per lease listed.
  public LeaseListing list() {
    long[] order = new long[size];
    for (int slot = 0; slot < size; slot++) {
      order[slot] = primary ? deadlines[slot] : baseSeconds(slot);
    }
    return new LeaseListing(Arrays.copyOf(ids, size), order);
  }

  /// Heap bytes of everything kept per lease.
  public long bytes() {
    long perSlot = 4L * Long.BYTES + Byte.BYTES;
    return ids.length * perSlot + index.bytes() + queue.bytes();
  }

  private int addSlot(long id, long ttl) {
    if (size == ids.length) {
      resize(size * 2);
    }
    int slot = size++;
    ids[slot] = id;
    ttlSeconds[slot] = ttl;
    restSeconds[slot] = 0;
    deadlines[slot] = FOREVER;
    marks[slot] = 0;
    index.add(slot, ids);
    return slot;
  }

  private void removeSlot(int slot) {
    queue.remove(slot);
    index.remove(slot, ids);
    int last = --size;
    if (slot != last) {
      index.move(last, slot, ids);
      queue.rename(last, slot);
      ids[slot] = ids[last];
      ttlSeconds[slot] = ttlSeconds[last];
      restSeconds[slot] = restSeconds[last];
      deadlines[slot] = deadlines[last];
      marks[slot] = marks[last];
    }
    if (ids.length > MIN_SLOTS && size * 4L < ids.length) {
      resize(ids.length / 2);
    }
  }

  private void resize(int slots) {
    ids = Arrays.copyOf(ids, slots);
    ttlSeconds = Arrays.copyOf(ttlSeconds, slots);
    restSeconds = Arrays.copyOf(restSeconds, slots);
    deadlines = Arrays.copyOf(deadlines, slots);
    marks = Arrays.copyOf(marks, slots);
    if (primary) {
      queue.reserve(slots);
    }
  }

  /// What a lease has from its last renewal, checkpoint or promotion on.
  private long baseSeconds(int slot) {
    return restSeconds[slot] != 0 ? restSeconds[slot] : ttlSeconds[slot];
  }

  private long remainingNanos(int slot, long nowNanos) {
    return Math.max(0, deadlines[slot] - elapsed(nowNanos));
  }

  private boolean marked(int slot, byte mark) {
    return (marks[slot] & mark) != 0;
  }

  private void unmark(int slot, byte mark) {
    marks[slot] = (byte) (marks[slot] & ~mark);
  }

  private long elapsed(long nowNanos) {
    long elapsed = nowNanos - originNanos;
    Invariants.checkAtMost(0, elapsed, "the clock never goes back");
    return elapsed;
  }

  /// A deadline, as nanoseconds after the origin; the longest TTL fills almost the whole number.
  private long after(long nowNanos, long extraNanos, long seconds) {
    long start = elapsed(nowNanos) + extraNanos;
    long deadline = start + seconds * NANOS_PER_SECOND;
    return deadline < start ? FOREVER - 1 : deadline;
  }
}
