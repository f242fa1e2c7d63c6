package io.flotilla.raft.ordered;

import io.flotilla.base.Rejection;
import org.jspecify.annotations.Nullable;

/// What only the root group knows about the operations of a transaction, at its commit.
public interface TxnFacts {
  /// Whether a put may name this lease, which is not 0.
  boolean leaseExists(long lease);

  /// Why a range in a txn that names this revision, which is not 0, is refused: it is above the
  /// newest one or below the compaction. Null when it is answered.
  @Nullable Rejection unreadable(long revision);
}
