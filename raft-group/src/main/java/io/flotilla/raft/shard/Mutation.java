package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.check;

import java.util.List;

/// What one executed command changes: all of it takes one revision.
///
/// @param sequence the group's local sequence number of the mutation, from 1
/// @param changes in sub-revision order, at least one
record Mutation(long sequence, List<Change> changes) {
  Mutation {
    changes = List.copyOf(changes);
    check(!changes.isEmpty(), "a mutation changes something");
  }
}
