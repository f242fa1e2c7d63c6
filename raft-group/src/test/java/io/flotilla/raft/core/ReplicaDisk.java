package io.flotilla.raft.core;

import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/// What a simulated replica finds again after a crash: hard state, log, and the newest checkpoint
/// of its machine.
final class ReplicaDisk {
  private HardState hardState = HardState.FRESH;
  private EntryId base = EntryId.ZERO;
  private final List<Entry> entries = new ArrayList<>();
  private Machine checkpoint;

  ReplicaDisk(Membership initial) {
    checkpoint = new Machine(EntryId.ZERO, initial, 0);
  }

  /// What a restart finds. A log that the state replaced is dropped on disk too, as its successor
  /// must follow the state.
  Restored restored() {
    var restored = new Restored(hardState, checkpoint.mark(), base, entries);
    if (!restored.log().base().equals(base)) {
      base = checkpoint.applied();
      entries.clear();
    }
    return restored;
  }

  Machine checkpoint() {
    return checkpoint;
  }

  void checkpoint(Machine machine) {
    checkpoint = machine;
  }

  /// A whole unit became durable.
  void persist(Ready unit, Machine installed) {
    unit.hardState().ifPresent(saved -> hardState = saved);
    if (unit.snapshot().isPresent()) {
      checkpoint = installed;
      base = unit.snapshot().get().last();
      entries.clear();
    }
    append(unit.entries());
  }

  /// Power failed while a unit was written: any part of it may be there.
  void tear(Ready unit, RandomGenerator random) {
    if (unit.snapshot().isPresent()) {
      return; // a state is installed in one step, at the end
    }
    if (random.nextBoolean()) {
      unit.hardState().ifPresent(saved -> hardState = saved);
    }
    append(unit.entries().subList(0, random.nextInt(unit.entries().size() + 1)));
  }

  private void append(List<Entry> added) {
    if (added.isEmpty()) {
      return;
    }
    int keep = (int) (added.getFirst().index() - base.index() - 1);
    entries.subList(keep, entries.size()).clear();
    entries.addAll(added);
  }

  /// Drops the log up to the checkpoint, if the log holds all that the checkpoint contains.
  void dropPrefix() {
    int dropped = (int) (checkpoint.applied().index() - base.index());
    if (dropped > 0
        && dropped <= entries.size()
        && entries.get(dropped - 1).id().equals(checkpoint.applied())) {
      base = checkpoint.applied();
      entries.subList(0, dropped).clear();
    }
  }
}
