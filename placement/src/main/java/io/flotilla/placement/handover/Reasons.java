package io.flotilla.placement.handover;

import io.flotilla.base.Rejection;

/// Rejections in words, for operators.
final class Reasons {
  private Reasons() {}

  static String of(Rejection why) {
    return switch (why) {
      case Rejection.NoLeader _ -> "a group has no leader";
      case Rejection.NotLeader _, Rejection.LeaderChanged _ -> "the leader changed";
      case Rejection.TooManyRequests _ -> "too much is waiting";
      case Rejection.RequestTooLarge _ -> "a command is too large";
      case Rejection.TimedOut _ -> "it took too long";
      case Rejection.OutcomeUnknown _ -> "no answer came";
      case Rejection.Stopped _ -> "a node is being stopped";
      case Rejection.WrongShard _ -> "the group is not ready for it";
      case Rejection.Held _ -> "something is locked, or being erased";
      case Rejection.NoSpace _ ->
          "there is no space: the NOSPACE alarm is on, or a quota is used up";
      case Rejection.Corrupt _ -> "the CORRUPT alarm is on";
      case Rejection.Compacted(long revision) -> "revision " + revision + " was compacted";
      case Rejection.FutureRevision _ -> "a replica is behind";
      case Rejection.MemberNotFound _ -> "a member is missing";
      case Rejection.KeyNotFound _,
          Rejection.LeaseNotFound _,
          Rejection.LeaseExists _,
          Rejection.NeedsCommit _,
          Rejection.LeaseUnattached _ ->
          "it was refused as " + why.getClass().getSimpleName();
    };
  }
}
