package io.flotilla.raft.ordered;

import io.flotilla.proto.etcd.TxnResponse;

/// What became of a prepared transaction at one replica.
public sealed interface TxnPart {
  /// It committed.
  ///
  /// @param revision of the commit's item
  /// @param response this group's part: every operation of the taken branches has a response, those
  ///     without keys of the group an empty one; for [TxnWorks#merge]. Without operations for the
  ///     revocation of a lease
  record Committed(long revision, TxnResponse response) implements TxnPart {}

  /// It never will commit.
  record Aborted() implements TxnPart {}

  /// It is decided, and this replica does not know how: its state was replaced.
  record Lost() implements TxnPart {}
}
