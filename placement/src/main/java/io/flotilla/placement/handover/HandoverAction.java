package io.flotilla.placement.handover;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.proto.command.HistoryPlace;

/// What a [HandoverCourse] wants done.
sealed interface HandoverAction {
  /// HandoverOut in the source's log.
  record Send() implements HandoverAction {}

  /// HandoverIn in the target's log.
  record Receive() implements HandoverAction {}

  /// A page of the source's history.
  ///
  /// @param fresh up to a revision that is not below any that was answered before this; if not, up
  ///     to that of the read before
  record Read(HistoryPlace from, int maxBytes, boolean fresh) implements HandoverAction {}

  /// A page goes into the target's log.
  ///
  /// @param bytes encoded size
  /// @param atOnce the range stands still: whatever bounds the rate of copies does not count
  record Write(HandoverRecords records, int bytes, boolean atOnce) implements HandoverAction {}

  /// Begins a switch: the source is to be locked.
  record Switch() implements HandoverAction {}

  /// Of a locked one: it may be committed. No event of its own follows.
  record Commit(long completeTo) implements HandoverAction {}

  /// Of a locked one: it must not be committed. No event of its own follows.
  record Unlock(Rejection why) implements HandoverAction {}

  /// HandoverAbandon in the root group's log; that it was done is told as [HandoverEvent.Gone].
  record Abandon(String reason) implements HandoverAction {}

  /// Nothing for a while.
  record Pause(int number, long nanos) implements HandoverAction {}

  /// [HandoverEvent.Taken] is wanted.
  record Await() implements HandoverAction {}
}
