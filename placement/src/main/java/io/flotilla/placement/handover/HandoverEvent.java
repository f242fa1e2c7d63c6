package io.flotilla.placement.handover;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.HandoverProgress;
import io.flotilla.proto.command.HandoverRecords;

/// What a [HandoverCourse] hears: of each action, except for those that say otherwise, how it went.
sealed interface HandoverEvent {
  /// The source holds the history of the range together: a [HandoverAction.Send] was done.
  record Sending() implements HandoverEvent {}

  /// How far the target is: a [HandoverAction.Receive] or [HandoverAction.Write] was done.
  record Progress(HandoverProgress at) implements HandoverEvent {}

  /// A [HandoverAction.Read] was done.
  ///
  /// @param bytes encoded size
  record Page(HandoverRecords records, int bytes) implements HandoverEvent {}

  /// A [HandoverAction.Send], [HandoverAction.Receive], [HandoverAction.Read],
  /// [HandoverAction.Write] or [HandoverAction.Abandon] failed, or it is not known whether it did.
  record Failed(Kind what, Rejection why) implements HandoverEvent {}

  /// Which action it was.
  enum Kind {
    SEND,
    RECEIVE,
    READ,
    WRITE,
    ABANDON
  }

  /// Of a [HandoverAction.Switch]: the source lets nothing more into the range, and all it let in
  /// before is ordered.
  record Locked() implements HandoverEvent {}

  /// A [HandoverAction.Switch] ended: the map is changed.
  record Switched() implements HandoverEvent {}

  /// A [HandoverAction.Switch] ended: it did not take place, or it is not known.
  record NotSwitched(Rejection why) implements HandoverEvent {}

  /// The time of a [HandoverAction.Pause] is over.
  ///
  /// @param number of the pause
  record Due(int number) implements HandoverEvent {}

  /// Somebody wants it to end.
  record Cancel(String reason) implements HandoverEvent {}

  /// The root group's state does not record it any more.
  ///
  /// @param committed whether the keys are the target's; if not, it was abandoned
  record Gone(boolean committed) implements HandoverEvent {}

  /// The target serves the range.
  record Taken() implements HandoverEvent {}
}
