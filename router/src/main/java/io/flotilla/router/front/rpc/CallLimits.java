package io.flotilla.router.front.rpc;

import io.flotilla.base.Invariants;

/// Bounds that every call obeys.
///
/// @param maxRequestBytes largest encoded proposal
/// @param maxTxnOps most entries in any list of a txn
/// @param requestTimeoutMillis how long the cluster may take for a request that sets no deadline
/// @param electionTimeoutMillis after three of these without a leader, streams that require one end
/// @param slowRequestMillis unary calls that take longer are logged; 0 for none
public record CallLimits(
    int maxRequestBytes,
    int maxTxnOps,
    long requestTimeoutMillis,
    long electionTimeoutMillis,
    long slowRequestMillis) {
  /// What a message may exceed the largest proposal by.
  public static final int MESSAGE_OVERHEAD_BYTES = 512 * 1024;

  /// Messages within messages that are read: a txn may hold [#maxTxnOps] levels of txns in the usual
  /// setting, each of which takes two.
  public static final int MAX_NESTING = 300;

  public CallLimits {
    Invariants.checkAtMost(1, maxRequestBytes, "a request has room");
    Invariants.checkAtMost(1, maxTxnOps, "a txn may have an operation");
    Invariants.checkAtMost(1, requestTimeoutMillis, "a request has time");
    Invariants.checkAtMost(1, electionTimeoutMillis, "an election has time");
    Invariants.checkAtMost(0, slowRequestMillis, "slowness is not negative");
  }

  /// Largest message that is read at all.
  public int maxMessageBytes() {
    return Math.addExact(maxRequestBytes, MESSAGE_OVERHEAD_BYTES);
  }
}
