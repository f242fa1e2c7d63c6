package io.flotilla.placement.service;

import static io.flotilla.base.Invariants.check;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.HandoverPin;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.shard.CommandResult;
import org.jspecify.annotations.Nullable;

/// What a handover does to the root group's own keys before it is committed, as in the log of any
/// other source or target. The root group knows itself which handovers there are: a command that
/// belongs to none, because it is late, is refused as `WrongShard` and changes nothing.
final class OwnHandovers {
  private final RootState state;

  OwnHandovers(RootState state) {
    this.state = state;
  }

  /// Why a command of this kind is not executed; null if it is, and for every other kind. Nothing
  /// is remembered of the refusal. As long as a handover is not abandoned it may be committed: it
  /// is not cancelled.
  @Nullable Rejection refusal(Command command) {
    return switch (command.getBodyCase()) {
      case HANDOVER_OUT -> isGoing(command.getHandoverOut().getNumber()) ? null : wrongShard();
      case HANDOVER_IN -> isComing(command.getHandoverIn().getNumber()) ? null : wrongShard();
      case HANDOVER_RECORDS ->
          isComing(command.getHandoverRecords().getNumber()) ? null : wrongShard();
      case HANDOVER_CANCEL ->
          state.handovers.find(command.getHandoverCancel().getNumber()) == null
              ? null
              : new Rejection.Held();
      default -> null;
    };
  }

  /// Runs a command that is not refused.
  CommandResult execute(Command command) {
    return switch (command.getBodyCase()) {
      case HANDOVER_OUT -> out(command.getHandoverOut().getNumber());
      case HANDOVER_IN -> in(command.getHandoverIn().getNumber());
      case HANDOVER_RECORDS -> records(command.getHandoverRecords());
      case HANDOVER_CANCEL -> cancel(command.getHandoverCancel().getNumber());
      default -> throw new IllegalArgumentException("not of a handover: " + command.getBodyCase());
    };
  }

  private CommandResult out(long number) {
    long pin = state.keys.handovers().send(number, rangeOf(number));
    return done(HandoverPin.newBuilder().setCompactRevision(pin));
  }

  private CommandResult in(long number) {
    return done(state.keys.handovers().receive(number, rangeOf(number)).toBuilder());
  }

  private CommandResult records(HandoverRecords records) {
    return done(state.keys.handovers().take(records).toBuilder());
  }

  private CommandResult cancel(long number) {
    state.keys.handovers().cancel(number);
    return done(Empty.newBuilder());
  }

  private KeyRange rangeOf(long number) {
    Handover handover = state.handovers.find(number);
    check(handover != null, "what is not refused has a record");
    return Intervals.of(handover.getRange());
  }

  private boolean isGoing(long number) {
    Handover handover = state.handovers.find(number);
    return handover != null && isRoot(handover.getFrom());
  }

  private boolean isComing(long number) {
    Handover handover = state.handovers.find(number);
    return handover != null && isRoot(handover.getTo());
  }

  private static boolean isRoot(int group) {
    return group == GroupId.ROOT.value();
  }

  private Rejection wrongShard() {
    return new Rejection.WrongShard(state.map.map().epoch());
  }

  private CommandResult done(Message.Builder response) {
    return new CommandResult.Done(response, state.keys.revision());
  }
}
