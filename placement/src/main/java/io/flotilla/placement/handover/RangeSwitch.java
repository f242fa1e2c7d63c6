package io.flotilla.placement.handover;

import io.flotilla.proto.command.Handover;
import io.vertx.core.Future;

/// Hands a range over in one step, while the root group is led here. On the loop.
@FunctionalInterface
public interface RangeSwitch {
  /// Locks the range at its source, lets `last` copy what is missing, and commits.
  ///
  /// Completes when the map is changed. Any failure says that it is not, and will not be by this
  /// attempt, except for [io.flotilla.base.Rejection.OutcomeUnknown]; the range is open at its
  /// source again, or about to be.
  Future<Void> switchOver(Handover handover, LastCopy last, long deadlineNanos);

  /// What happens between the lock and the commit.
  interface LastCopy {
    /// The range stands still from now on, or a little later.
    void onLocking();

    /// The source lets nothing more into the range, and all it let in before is ordered: completes
    /// with the revision up to which the target then is complete, or fails.
    Future<Long> copy();
  }
}
