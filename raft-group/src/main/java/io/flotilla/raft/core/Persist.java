package io.flotilla.raft.core;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.NodeId;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Keeps count of what was handed out to be made durable: one unit is in flight at a time, the next
/// gathers meanwhile.
final class Persist {
  /// A unit in flight.
  ///
  /// @param last the end of the log once the unit is durable
  record Unit(HardState hardState, EntryId last, @Nullable SnapshotMark snapshot) {
    /// Whether it makes a vote for `candidate` in `term` durable, or one that was before it.
    boolean votes(long term, NodeId candidate) {
      return hardState.term() == term && hardState.vote().equals(candidate);
    }
  }

  /// The part of a [Ready] that is about durability.
  record Part(
      Optional<HardState> hardState,
      List<Entry> entries,
      Optional<SnapshotMark> snapshot,
      List<Envelope> messages) {
    static final Part NOTHING = new Part(Optional.empty(), List.of(), Optional.empty(), List.of());
  }

  private HardState durable;
  private @Nullable Unit inFlight;

  Persist(HardState durable) {
    this.durable = durable;
  }

  /// Takes everything that waits, unless a unit is in flight.
  Part take(Replica replica, Follower follower) {
    if (inFlight != null) {
      return Part.NOTHING;
    }
    if (!mustPersist(replica, follower)) {
      return replica.outbox.hasAfterPersist()
          ? new Part(
              Optional.empty(), List.of(), Optional.empty(), replica.outbox.takeAfterPersist())
          : Part.NOTHING;
    }
    HardState hardState = replica.hardState();
    Optional<SnapshotMark> snapshot = follower.takeSnapshot();
    List<Entry> entries = replica.log.takeUnpersisted();
    inFlight = new Unit(hardState, replica.log.last(), snapshot.orElse(null));
    return new Part(
        hardState.equals(durable) ? Optional.empty() : Optional.of(hardState),
        entries,
        snapshot,
        replica.outbox.takeAfterPersist());
  }

  /// Whether [#take] would return something.
  boolean hasWork(Replica replica, Follower follower) {
    return inFlight == null && (mustPersist(replica, follower) || replica.outbox.hasAfterPersist());
  }

  /// A commit index is only a hint, unless it says who takes part: then a restart must know it
  /// without those who left.
  private boolean mustPersist(Replica replica, Follower follower) {
    return replica.term() != durable.term()
        || !replica.vote().equals(durable.vote())
        || replica.log.committedChange() > durable.commit()
        || replica.log.hasUnpersisted()
        || follower.hasSnapshot();
  }

  /// The unit in flight is durable.
  Unit done() {
    Unit unit = inFlight;
    check(unit != null, "persisted() answers a Ready that had something to persist");
    inFlight = null;
    durable = unit.hardState();
    return unit;
  }
}
