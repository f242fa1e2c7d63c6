package io.flotilla.placement.duty;

import java.util.function.Consumer;

/// Proves that this replica leads now, not only that it did.
@FunctionalInterface
public interface LeadershipProof {
  /// Asks a quorum, or relies on a valid leader lease.
  ///
  /// @param onAnswer called once, on the group's loop: true when this replica was the leader at
  ///     some moment after the call
  void prove(Consumer<Boolean> onAnswer);
}
