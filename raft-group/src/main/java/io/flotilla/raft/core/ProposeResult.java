package io.flotilla.raft.core;

import io.flotilla.base.Rejection;

/// What became of a proposal when it was made.
public sealed interface ProposeResult {
  /// It is in the leader's log, and commits unless another leader replaces it there.
  record Appended(EntryId id) implements ProposeResult {}

  /// It had no effect.
  record Refused(Rejection why) implements ProposeResult {}
}
