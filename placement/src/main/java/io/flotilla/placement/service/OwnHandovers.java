package io.flotilla.placement.service;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.HandoverCancel;
import io.flotilla.proto.command.HandoverIn;
import io.flotilla.proto.command.HandoverOut;
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

  CommandResult execute(Command command) {
    return switch (command.getBodyCase()) {
      case HANDOVER_OUT -> out(command.getHandoverOut());
      case HANDOVER_IN -> in(command.getHandoverIn());
      case HANDOVER_RECORDS -> records(command.getHandoverRecords());
      case HANDOVER_CANCEL -> cancel(command.getHandoverCancel());
      default -> throw new IllegalArgumentException("not of a handover: " + command.getBodyCase());
    };
  }

  private CommandResult out(HandoverOut out) {
    Handover handover = state.handovers.find(out.getNumber());
    if (handover == null || !isRoot(handover.getFrom())) {
      return refused();
    }
    KeyRange range = Intervals.of(handover.getRange());
    long pin = state.keys.handovers().send(handover.getNumber(), range);
    return done(HandoverPin.newBuilder().setCompactRevision(pin));
  }

  private CommandResult in(HandoverIn in) {
    Handover handover = coming(in.getNumber());
    if (handover == null) {
      return refused();
    }
    KeyRange range = Intervals.of(handover.getRange());
    return done(state.keys.handovers().receive(handover.getNumber(), range).toBuilder());
  }

  private CommandResult records(HandoverRecords records) {
    return coming(records.getNumber()) == null
        ? refused()
        : done(state.keys.handovers().take(records).toBuilder());
  }

  /// As long as a handover is not abandoned it may be committed: it is not cancelled.
  private CommandResult cancel(HandoverCancel cancel) {
    if (state.handovers.find(cancel.getNumber()) != null) {
      return new CommandResult.Rejected(new Rejection.Held());
    }
    state.keys.handovers().cancel(cancel.getNumber());
    return done(Empty.newBuilder());
  }

  /// The handover of this number if the root group is its target.
  private @Nullable Handover coming(long number) {
    Handover handover = state.handovers.find(number);
    return handover != null && isRoot(handover.getTo()) ? handover : null;
  }

  private static boolean isRoot(int group) {
    return group == GroupId.ROOT.value();
  }

  private CommandResult refused() {
    return new CommandResult.Rejected(new Rejection.WrongShard(state.map.map().epoch()));
  }

  private CommandResult done(Message.Builder response) {
    return new CommandResult.Done(response, state.keys.revision());
  }
}
