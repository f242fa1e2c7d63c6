package io.flotilla.raft.state;

import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Membership;

/// Everything that a group replicates, in one tree file.
public interface GroupState {
  /// The last entry whose effect it contains.
  EntryId applied();

  /// The membership as of [#applied].
  Membership membership();

  /// Gives up the file and memory.
  void close();
}
