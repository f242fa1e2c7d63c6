package io.flotilla.placement.service;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.LeaseCheckpoint;
import io.flotilla.proto.command.MemberAttributes;
import io.flotilla.proto.command.MemberPeerUrls;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmResponse;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseGrantResponse;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.LeaseRevokeResponse;
import io.flotilla.raft.shard.CommandResult;

/// Executes the root group's commands. Results depend on the state and the command only; the clock
/// feeds deadlines, which are no part of the replicated state.
final class RootCommands {
  private final RootState state;

  RootCommands(RootState state) {
    this.state = state;
  }

  /// Runs a command unless its request id was executed before or an alarm forbids it.
  CommandResult execute(Command command, long nowNanos) {
    return state.keys.requests().once(command, first -> gated(first, nowNanos));
  }

  private CommandResult gated(Command command, long nowNanos) {
    Rejection refusal = AlarmGate.check(command, state.alarms);
    return refusal == null ? run(command, nowNanos) : new CommandResult.Rejected(refusal);
  }

  private CommandResult run(Command command, long nowNanos) {
    return switch (command.getBodyCase()) {
      case PUT, DELETE_RANGE, TXN, COMPACT -> state.keys.execute(command);
      case LEASE_GRANT -> grant(command.getLeaseGrant(), nowNanos);
      case LEASE_REVOKE -> revoke(command.getLeaseRevoke());
      case LEASE_CHECKPOINT -> checkpoint(command.getLeaseCheckpoint());
      case ALARM -> alarm(command.getAlarm());
      case MEMBER_ATTRIBUTES -> publish(command.getMemberAttributes());
      case MEMBER_PEER_URLS -> moveMember(command.getMemberPeerUrls());
      case JOURNAL_ITEMS, PREPARE, LEASE_KNOWN ->
          throw new IllegalStateException("a command of a shard group: " + command.getBodyCase());
      case CUT, TXN_COMMIT, TXN_ABORT, LEASE_ATTACH ->
          throw new IllegalStateException("there are no shard groups");
      // Written by a later version: passing over it would let replicas drift apart.
      case BODY_NOT_SET -> throw new IllegalStateException("a command of an unknown kind");
    };
  }

  private CommandResult grant(LeaseGrantRequest request, long nowNanos) {
    long ttl = state.leases().grant(request.getID(), request.getTTL(), nowNanos);
    if (ttl == 0) {
      return new CommandResult.Rejected(new Rejection.LeaseExists(request.getID()));
    }
    return done(LeaseGrantResponse.newBuilder().setID(request.getID()).setTTL(ttl));
  }

  /// The keys go first, in one revision: at no revision does a key name a lease that is gone.
  private CommandResult revoke(LeaseRevokeRequest request) {
    if (!state.leases().exists(request.getID())) {
      return new CommandResult.Rejected(new Rejection.LeaseNotFound(request.getID()));
    }
    state.keys.deleteKeysOfLease(request.getID());
    state.leases().revoke(request.getID());
    return done(LeaseRevokeResponse.newBuilder());
  }

  private CommandResult checkpoint(LeaseCheckpoint command) {
    command
        .getLeasesList()
        .forEach(lease -> state.leases().checkpoint(lease.getId(), lease.getRemainingSeconds()));
    return done(Empty.newBuilder());
  }

  private CommandResult alarm(AlarmRequest request) {
    return done(AlarmResponse.newBuilder().addAllAlarms(state.alarms.execute(request)));
  }

  private CommandResult publish(MemberAttributes attributes) {
    return state.members.publish(attributes)
        ? done(Empty.newBuilder())
        : new CommandResult.Rejected(new Rejection.MemberNotFound());
  }

  private CommandResult moveMember(MemberPeerUrls moved) {
    return state.members.move(new NodeId(moved.getMemberId()), moved.getPeerUrlsList())
        ? done(Empty.newBuilder())
        : new CommandResult.Rejected(new Rejection.MemberNotFound());
  }

  private CommandResult done(Message.Builder response) {
    return new CommandResult.Done(response, state.keys.revision());
  }
}
