package io.flotilla.placement.txn;

import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.raft.shard.CommandResult;
import org.jspecify.annotations.Nullable;

/// Why parts of a transaction failed, and what that means to whoever asked for it.
final class TxnFailures {
  private TxnFailures() {}

  /// Of what ended otherwise than it should have.
  static Rejection why(CommandResult result, @Nullable Throwable failure) {
    if (failure != null) {
      return why(failure);
    }
    return result instanceof CommandResult.Rejected(Rejection why)
        ? why
        : new Rejection.OutcomeUnknown();
  }

  static Rejection why(Throwable failure) {
    return failure instanceof RejectedException rejected
        ? rejected.rejection()
        : new Rejection.OutcomeUnknown();
  }

  /// How a request ends that had no effect: what is between coordinator and groups concerns nobody
  /// else, and may be tried again.
  static Rejection withoutEffect(Rejection why) {
    return switch (why) {
      case Rejection.TooManyRequests _,
          Rejection.RequestTooLarge _,
          Rejection.NotLeader _,
          Rejection.NoSpace _,
          Rejection.Corrupt _ ->
          why;
      case Rejection.Compacted _,
          Rejection.FutureRevision _,
          Rejection.KeyNotFound _,
          Rejection.LeaseNotFound _,
          Rejection.LeaseExists _,
          Rejection.NoLeader _,
          Rejection.LeaderChanged _,
          Rejection.TimedOut _,
          Rejection.OutcomeUnknown _,
          Rejection.Stopped _,
          Rejection.MemberNotFound _,
          Rejection.WrongShard _,
          Rejection.Held _,
          Rejection.NeedsCommit _,
          Rejection.LeaseUnattached _ ->
          new Rejection.TimedOut();
    };
  }
}
