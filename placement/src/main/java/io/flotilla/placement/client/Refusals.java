package io.flotilla.placement.client;

import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;

/// What failures mean.
final class Refusals {
  private Refusals() {}

  /// What is no refusal tells nothing about what was done.
  static Rejection of(Throwable failure) {
    return failure instanceof RejectedException rejected
        ? rejected.rejection()
        : new Rejection.OutcomeUnknown();
  }

  /// Whether a read failed for reasons of the node that was asked, so that another one, or the same
  /// one later, may answer it.
  static boolean isNodesOwn(Rejection why) {
    return switch (why) {
      case Rejection.NoLeader _,
          Rejection.NotLeader _,
          Rejection.LeaderChanged _,
          Rejection.TimedOut _,
          Rejection.OutcomeUnknown _,
          Rejection.Stopped _,
          Rejection.TooManyRequests _ ->
          true;
      case Rejection.Compacted _,
          Rejection.FutureRevision _,
          Rejection.KeyNotFound _,
          Rejection.LeaseNotFound _,
          Rejection.LeaseExists _,
          Rejection.NoSpace _,
          Rejection.Corrupt _,
          Rejection.RequestTooLarge _,
          Rejection.MemberNotFound _,
          Rejection.WrongShard _,
          Rejection.Held _,
          Rejection.NeedsCommit _,
          Rejection.LeaseUnattached _ ->
          false;
    };
  }
}
