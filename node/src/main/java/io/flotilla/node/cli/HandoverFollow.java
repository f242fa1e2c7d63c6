package io.flotilla.node.cli;

import io.flotilla.base.KeyRange;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.proto.admin.ListShardsResponse;
import io.flotilla.proto.command.Handover;
import io.flotilla.raft.handover.Intervals;
import java.util.Optional;

/// What becomes of one handover, by what a node lists time and again.
///
/// A leader of the root group tells how handovers ended that ended under it. When another one leads
/// meanwhile, the map says whether the keys have a new owner: a node's map may be late, so that
/// they have none is believed only after a while.
final class HandoverFollow {
  /// Lists in a row that show neither the handover nor its outcome.
  static final int MISSING_MAX = 20;

  /// Where it is.
  sealed interface State {
    /// @param text for people
    record Going(String text) implements State {}

    /// @param pausedMillis how long the keys stood still; less than 0 if nobody knows
    record Done(long pausedMillis) implements State {}

    record Abandoned(String reason) implements State {}
  }

  private final Handover handover;
  private final KeyRange range;
  private int missing;

  HandoverFollow(Handover handover) {
    this.handover = handover;
    this.range = Intervals.of(handover.getRange());
  }

  Handover handover() {
    return handover;
  }

  State next(ListShardsResponse list) {
    Optional<HandoverStatus> listed =
        list.getHandoversList().stream()
            .filter(each -> each.getHandover().getNumber() == handover.getNumber())
            .findFirst();
    if (listed.isPresent()) {
      missing = 0;
      return state(listed.get());
    }
    if (hasNewOwner(list)) {
      return new State.Done(-1);
    }
    return ++missing < MISSING_MAX
        ? new State.Going("waiting for the leader of the root group")
        : new State.Abandoned("the keys are still where they were");
  }

  private static State state(HandoverStatus status) {
    return switch (status.getPhase()) {
      case DONE -> new State.Done(status.getPausedMillis());
      case ABANDONED -> new State.Abandoned(status.getNote());
      case STARTING, COPYING, SWITCHING, UNRECOGNIZED -> new State.Going(text(status));
    };
  }

  private static String text(HandoverStatus status) {
    String note = status.getNote().isEmpty() ? "" : ", " + status.getNote();
    return switch (status.getPhase()) {
      case STARTING -> "starting" + note;
      case COPYING -> "copying, " + status.getRecords() + " records so far" + note;
      case SWITCHING -> "switching" + note;
      case DONE, ABANDONED, UNRECOGNIZED -> status.getPhase() + note;
    };
  }

  private boolean hasNewOwner(ListShardsResponse list) {
    return list.getShardsList().stream()
        .anyMatch(
            shard ->
                shard.getGroup() == handover.getTo()
                    && Intervals.of(shard.getRange()).contains(range));
  }
}
