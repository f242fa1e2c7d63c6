package io.flotilla.placement.service;

import io.flotilla.base.GroupId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.ordered.TxnWorks;
import org.jspecify.annotations.Nullable;

/// What the root group's leader does not let into its log where there are shard groups.
final class RootGate {
  private RootGate() {}

  /// Why a command has to go another way; null if it may be appended.
  static @Nullable Rejection check(Command command, RootState state) {
    return switch (command.getBodyCase()) {
      case PUT, DELETE_RANGE, TXN -> ownsKeys(command, state) ? null : wrongShard(state);
      case LEASE_REVOKE ->
          state.leaseGroups.none(command.getLeaseRevoke().getID())
              ? null
              : new Rejection.NeedsCommit();
      case JOURNAL_ITEMS, PREPARE, LEASE_KNOWN -> wrongShard(state);
      case COMPACT, LEASE_GRANT, LEASE_CHECKPOINT, ALARM, MEMBER_ATTRIBUTES, MEMBER_PEER_URLS ->
          null;
      case CUT, TXN_COMMIT, TXN_ABORT, LEASE_ATTACH, BODY_NOT_SET -> null;
      case HANDOVER_BEGIN, HANDOVER_ABANDON, HANDOVER_FENCE, GROUP_RETIRE -> null;
      case HANDOVER_OUT, HANDOVER_IN, HANDOVER_RECORDS, HANDOVER_CANCEL -> null;
    };
  }

  private static boolean ownsKeys(Command command, RootState state) {
    return TxnWorks.spans(command).stream()
        .flatMap(span -> state.map.map().locate(span).stream())
        .allMatch(shard -> shard.group().equals(GroupId.ROOT));
  }

  private static Rejection wrongShard(RootState state) {
    return new Rejection.WrongShard(state.map.map().epoch());
  }
}
