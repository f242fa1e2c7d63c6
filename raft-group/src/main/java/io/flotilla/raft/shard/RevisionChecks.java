package io.flotilla.raft.shard;

import io.flotilla.base.Rejection;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.storage.mvcc.MvccStore;
import org.jspecify.annotations.Nullable;

/// Whether the revision that a range names can be read. The rules differ inside a txn.
final class RevisionChecks {
  private RevisionChecks() {}

  /// A range of its own: 0 and below mean the newest.
  static @Nullable Rejection range(MvccStore store, long revision) {
    return revision <= 0 ? null : store.refusal(revision);
  }

  /// A range in a txn: only 0 means the newest; a negative revision is as compacted as any other
  /// (etcd behaviour: -1 passes while nothing was ever compacted).
  static @Nullable Rejection inTxn(MvccStore store, RangeRequest request) {
    return request.getRevision() == 0 ? null : store.refusal(request.getRevision());
  }

  /// What a range in a txn reads once it has passed.
  ///
  /// @param now the state at that point of the txn
  static KeyView view(MvccStore store, RangeRequest request, KeyView now) {
    return request.getRevision() <= 0 ? now : StoreView.at(store, request.getRevision());
  }
}
