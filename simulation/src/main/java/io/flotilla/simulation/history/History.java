package io.flotilla.simulation.history;

import java.util.Collection;
import java.util.List;

/// All that the clients of one cluster saw, from a known state on.
///
/// @param initialRevision the store's revision before the first operation; 1 for a new store
/// @param initial its keys at that revision
/// @param operations in the order of their ids
public record History(
    long initialRevision, List<Kv> initial, List<Operation> operations, List<Watching> watches) {
  /// The revision of a store that was never written.
  public static final long NEW_STORE = 1;

  public History {
    initial = List.copyOf(initial);
    operations = List.copyOf(operations);
    watches = List.copyOf(watches);
  }

  /// The history of a cluster that began empty.
  public static History of(Collection<Operation> operations, Collection<Watching> watches) {
    return new History(NEW_STORE, List.of(), List.copyOf(operations), List.copyOf(watches));
  }
}
