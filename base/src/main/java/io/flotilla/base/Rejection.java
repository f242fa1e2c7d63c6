package io.flotilla.base;

/// Why a request was refused: each case is one that some caller reacts to in its own way, and each
/// has one row in the router's table of what clients see.
///
/// Sealed, so that a new case does not compile until every switch has an answer for it.
public sealed interface Rejection {
  /// The revision asked for was compacted away.
  record Compacted(long compactRevision) implements Rejection {}

  /// The revision asked for has not happened yet.
  record FutureRevision(long currentRevision) implements Rejection {}

  /// A put with `ignore_value` or `ignore_lease` names a key that does not exist.
  record KeyNotFound() implements Rejection {}

  record LeaseNotFound(long leaseId) implements Rejection {}

  record LeaseExists(long leaseId) implements Rejection {}

  /// The space quota is used up, or the NOSPACE alarm is on.
  record NoSpace() implements Rejection {}

  /// The CORRUPT alarm is on.
  record Corrupt() implements Rejection {}

  /// A bounded queue is full; nothing was started.
  record TooManyRequests() implements Rejection {}

  /// The encoded request is above the limit for one proposal.
  record RequestTooLarge() implements Rejection {}

  /// No leader is known; nothing was started.
  record NoLeader() implements Rejection {}

  /// This replica does not lead (any more); nothing was started. Routing reacts, clients never see
  /// it.
  record NotLeader(NodeId leader) implements Rejection {}

  /// The leader changed while a read waited; it may be repeated.
  record LeaderChanged() implements Rejection {}

  /// The deadline passed before the request was handed to the log: it had no effect.
  record TimedOut() implements Rejection {}

  /// The request reached the log and then its fate was lost from sight: it may or may not have had
  /// its effect. Never retried as a new request.
  record OutcomeUnknown() implements Rejection {}

  /// The node is shutting down.
  record Stopped() implements Rejection {}

  record MemberNotFound() implements Rejection {}

  /// The shard map moved on; routing reacts, clients never see it.
  record WrongShard(Epoch current) implements Rejection {}

  /// A prepared transaction has locked keys or a lease that the command touches: nothing was done,
  /// and it may be asked again when the lock is gone. Routing reacts, clients never see it.
  record Held() implements Rejection {}

  /// The command names a revision that its group cannot compare with yet: it has to run as a
  /// cross-shard transaction. Routing reacts, clients never see it.
  record NeedsCommit() implements Rejection {}

  /// The group has to be registered with a lease before the command can run. Routing reacts,
  /// clients never see it.
  record LeaseUnattached(long leaseId) implements Rejection {}

  default RejectedException asException() {
    return new RejectedException(this);
  }
}
