package io.flotilla.placement.service;

import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.ordered.TxnWorks;
import io.flotilla.raft.shard.OwnKeys;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// What the root group's leader does not let into its log where there are shard groups.
///
/// A command that was executed before is let in always: it is answered as it was then, whoever
/// serves its keys by now.
final class RootGate {
  private static final Rejection HELD = new Rejection.Held();

  private RootGate() {}

  /// Why a command has to go another way, or has to wait; null if it may be appended.
  ///
  /// @param fence keys that are about to go, at this leader only; null for none
  static @Nullable Rejection check(Command command, RootState state, @Nullable KeyRange fence) {
    return switch (command.getBodyCase()) {
      case PUT, DELETE_RANGE, TXN, LEASE_REVOKE -> checkKeys(command, state, fence);
      case JOURNAL_ITEMS, PREPARE, LEASE_KNOWN -> wrongShard(state);
      case COMPACT, LEASE_GRANT, LEASE_CHECKPOINT, ALARM, MEMBER_ATTRIBUTES, MEMBER_PEER_URLS ->
          null;
      case CUT, TXN_COMMIT, TXN_ABORT, LEASE_ATTACH, AUTH, BODY_NOT_SET -> null;
      case HANDOVER_IN -> checkRoom(command, state);
      case HANDOVER_BEGIN, HANDOVER_ABANDON, HANDOVER_FENCE, GROUP_RETIRE -> null;
      case HANDOVER_OUT, HANDOVER_RECORDS, HANDOVER_CANCEL -> null;
      case GROUP_PLACE, GROUP_SETTLED, GROUP_DROPPED, NODE_DRAIN -> null;
    };
  }

  private static @Nullable Rejection checkKeys(
      Command command, RootState state, @Nullable KeyRange fence) {
    Rejection misplaced = misplaced(command, state);
    if (misplaced != null || fence == null) {
      return misplaced;
    }
    return touches(command, fence) && state.keys.requests().isNew(command) ? HELD : null;
  }

  /// A revocation may concern any key.
  private static boolean touches(Command command, KeyRange fence) {
    if (command.hasLeaseRevoke()) {
      return true;
    }
    var fenced = new OwnKeys(List.of(fence));
    return TxnWorks.spans(command).stream().anyMatch(span -> !fenced.clip(span).isEmpty());
  }

  /// Why a command is none that the root group executes alone by the map as it is: nothing may be
  /// remembered of it, so that the same request can go another way. A leader that looked at an
  /// earlier map may have let it into the log.
  static @Nullable Rejection misplaced(Command command, RootState state) {
    if (state.order.isEmpty()) {
      return null;
    }
    Rejection misplaced =
        switch (command.getBodyCase()) {
          case PUT, DELETE_RANGE, TXN -> ownsKeys(command, state) ? null : wrongShard(state);
          case LEASE_REVOKE ->
              state.leaseGroups.none(command.getLeaseRevoke().getID())
                  ? null
                  : new Rejection.NeedsCommit();
          default -> null;
        };
    return misplaced == null || !state.keys.requests().isNew(command) ? null : misplaced;
  }

  private static boolean ownsKeys(Command command, RootState state) {
    OwnKeys own = state.keys.own();
    return TxnWorks.spans(command).stream().allMatch(own::contains);
  }

  /// What an earlier handover left in the range is erased first.
  private static @Nullable Rejection checkRoom(Command command, RootState state) {
    KeyRange range = Intervals.of(command.getHandoverIn().getRange());
    return state.keys.handovers().hasLeftovers(range) ? HELD : null;
  }

  private static Rejection wrongShard(RootState state) {
    return new Rejection.WrongShard(state.map.map().epoch());
  }
}
