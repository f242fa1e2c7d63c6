package io.flotilla.placement.service;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.shard.RequestCost;
import org.jspecify.annotations.Nullable;

/// What the alarms forbid, decided as a command is applied: CORRUPT before NOSPACE (etcd
/// behaviour). Alarms, members and checkpoints of leases are never held back, nor is a handover
/// that was begun: its end frees the space that it takes.
final class AlarmGate {
  private AlarmGate() {}

  /// Why the command is refused; null when it may run.
  static @Nullable Rejection check(Command command, Alarms alarms) {
    if (alarms.corrupt() && touchesKeysOrLeases(command)) {
      return new Rejection.Corrupt();
    }
    if (alarms.noSpace() && takesSpace(command)) {
      return new Rejection.NoSpace();
    }
    return null;
  }

  private static boolean touchesKeysOrLeases(Command command) {
    return switch (command.getBodyCase()) {
      case PUT, DELETE_RANGE, TXN, COMPACT, LEASE_GRANT, LEASE_REVOKE, TXN_COMMIT -> true;
      case LEASE_CHECKPOINT, ALARM, MEMBER_ATTRIBUTES, MEMBER_PEER_URLS, AUTH -> false;
      case JOURNAL_ITEMS, PREPARE, LEASE_KNOWN -> false;
      case CUT, TXN_ABORT, LEASE_ATTACH, BODY_NOT_SET -> false;
      case HANDOVER_BEGIN -> true;
      case HANDOVER_ABANDON, HANDOVER_FENCE, GROUP_RETIRE -> false;
      case HANDOVER_OUT, HANDOVER_IN, HANDOVER_RECORDS, HANDOVER_CANCEL -> false;
      case GROUP_PLACE, GROUP_SETTLED, GROUP_DROPPED, NODE_DRAIN -> false;
    };
  }

  private static boolean takesSpace(Command command) {
    return switch (command.getBodyCase()) {
      case PUT, LEASE_GRANT -> true;
      case TXN -> RequestCost.puts(command.getTxn());
      case TXN_COMMIT -> RequestCost.puts(command.getTxnCommit().getWork().getTxn());
      case DELETE_RANGE, COMPACT, LEASE_REVOKE, LEASE_CHECKPOINT -> false;
      case ALARM, MEMBER_ATTRIBUTES, MEMBER_PEER_URLS, AUTH -> false;
      case JOURNAL_ITEMS, PREPARE, LEASE_KNOWN -> false;
      case CUT, TXN_ABORT, LEASE_ATTACH, BODY_NOT_SET -> false;
      case HANDOVER_BEGIN -> true;
      case HANDOVER_ABANDON, HANDOVER_FENCE, GROUP_RETIRE -> false;
      case HANDOVER_OUT, HANDOVER_IN, HANDOVER_RECORDS, HANDOVER_CANCEL -> false;
      case GROUP_PLACE, GROUP_SETTLED, GROUP_DROPPED, NODE_DRAIN -> false;
    };
  }
}
