package io.flotilla.raft.ordered;

import io.flotilla.proto.command.TxnId;

/// A transaction that holds locks here and is not decided as far as this replica knows.
///
/// @param sinceNanos on the machine's clock: when this replica executed the prepare, or was opened
public record PreparedTxn(TxnId id, long sinceNanos) {}
