package io.flotilla.placement.service;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.auth.AuthFault;
import io.flotilla.placement.auth.TokenListener;
import io.flotilla.proto.command.AuthAnswer;
import io.flotilla.proto.command.AuthChange;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Cut;
import io.flotilla.proto.command.GroupReport;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.LeaseAttach;
import io.flotilla.proto.command.LeaseCheckpoint;
import io.flotilla.proto.command.MemberAttributes;
import io.flotilla.proto.command.MemberPeerUrls;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmResponse;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseGrantResponse;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.LeaseRevokeResponse;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.shard.CommandResult;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Executes the root group's commands. Results depend on the state and the command only; the clock
/// feeds deadlines, which are no part of the replicated state.
final class RootCommands {
  private final RootState state;
  private final OrderFeed feed;
  private final TokenListener tokens;
  private final RootTxns txns;
  private final RootHandovers handovers;
  private final OwnHandovers own;
  private final RootPlacements placements;

  /// @param feed hears what commands do to the order of shard groups
  /// @param tokens hears of logins
  RootCommands(RootState state, OrderFeed feed, TokenListener tokens) {
    this.state = state;
    this.feed = feed;
    this.tokens = tokens;
    this.handovers = new RootHandovers(state, feed);
    this.own = new OwnHandovers(state);
    this.placements = new RootPlacements(state, feed);
    this.txns = new RootTxns(state, feed, handovers);
  }

  /// Runs a command unless its request id was executed before or an alarm forbids it.
  ///
  /// @param term of the entry
  CommandResult execute(Command command, long term, long nowNanos) {
    if (command.hasTxnCommit()) {
      return txns.commit(command, term);
    }
    if (command.hasTxnAbort()) {
      txns.abort(command.getTxnAbort(), term);
      return done(Empty.newBuilder());
    }
    Rejection undecided = undecided(command);
    if (undecided != null && state.keys.requests().isNew(command)) {
      return new CommandResult.Rejected(undecided);
    }
    return state.keys.requests().once(command, first -> gated(first, nowNanos));
  }

  /// The members of the cluster are others, in the state.
  void follow(Membership membership) {
    placements.follow(membership);
  }

  /// Why a command is not executed as things are now: nothing is remembered of it, so that the same
  /// request may be asked again, here or elsewhere.
  private @Nullable Rejection undecided(Command command) {
    return switch (command.getBodyCase()) {
      case PUT, DELETE_RANGE, TXN, LEASE_REVOKE -> RootGate.misplaced(command, state);
      case LEASE_ATTACH -> misattached(command.getLeaseAttach());
      case HANDOVER_BEGIN, GROUP_RETIRE -> handovers.refusal(command);
      case HANDOVER_OUT, HANDOVER_IN, HANDOVER_RECORDS, HANDOVER_CANCEL -> own.refusal(command);
      case GROUP_PLACE -> placements.refusal(command);
      default -> null;
    };
  }

  /// A group that does not exist has no keys that a lease could end: others have them.
  private @Nullable Rejection misattached(LeaseAttach attach) {
    boolean exists = state.order.has(new GroupId(attach.getGroup()));
    return exists ? null : new Rejection.WrongShard(state.map.map().epoch());
  }

  private CommandResult gated(Command command, long nowNanos) {
    Rejection refusal = AlarmGate.check(command, state.alarms);
    return refusal == null ? run(command, nowNanos) : new CommandResult.Rejected(refusal);
  }

  private CommandResult run(Command command, long nowNanos) {
    return switch (command.getBodyCase()) {
      case PUT, DELETE_RANGE, TXN -> state.keys.execute(command);
      case COMPACT -> compact(command);
      case LEASE_GRANT -> grant(command.getLeaseGrant(), nowNanos);
      case LEASE_REVOKE -> revoke(command.getLeaseRevoke());
      case LEASE_CHECKPOINT -> checkpoint(command.getLeaseCheckpoint());
      case ALARM -> alarm(command.getAlarm());
      case MEMBER_ATTRIBUTES -> publish(command.getMemberAttributes());
      case MEMBER_PEER_URLS -> moveMember(command.getMemberPeerUrls());
      case AUTH -> auth(command.getAuth());
      case JOURNAL_ITEMS, PREPARE, LEASE_KNOWN ->
          throw new IllegalStateException("a command of a shard group: " + command.getBodyCase());
      case CUT -> cut(command.getCut());
      case LEASE_ATTACH -> attach(command.getLeaseAttach());
      case TXN_COMMIT, TXN_ABORT ->
          throw new IllegalStateException("run apart: " + command.getBodyCase());
      case HANDOVER_BEGIN -> handovers.begin(command.getHandoverBegin());
      case HANDOVER_ABANDON -> handovers.abandon(command.getHandoverAbandon());
      case HANDOVER_FENCE -> done(Empty.newBuilder());
      case GROUP_RETIRE -> handovers.retire(command.getGroupRetire());
      case HANDOVER_OUT, HANDOVER_IN, HANDOVER_RECORDS, HANDOVER_CANCEL -> own.execute(command);
      case GROUP_PLACE -> placements.place(command.getGroupPlace());
      case GROUP_SETTLED -> placements.settle(command.getGroupSettled());
      case GROUP_DROPPED -> placements.drop(command.getGroupDropped());
      case NODE_DRAIN -> placements.drain(command.getNodeDrain());
      // Written by a later version: passing over it would let replicas drift apart.
      case BODY_NOT_SET -> throw new IllegalStateException("a command of an unknown kind");
    };
  }

  /// Every group compacts to the same revision, at a place in its own log.
  private CommandResult compact(Command command) {
    CommandResult result = state.keys.execute(command);
    if (result instanceof CommandResult.Done && !state.order.isEmpty()) {
      long to = command.getCompact().getRevision();
      for (GroupId group : state.order.ids()) {
        JournalItem.Builder content = JournalItem.newBuilder().setCompact(to);
        feed.item(group, state.order.add(group, content, state.keys.revision()));
      }
    }
    return result;
  }

  /// The groups' mutations take the next revisions, group by group in ascending order.
  private CommandResult cut(Cut cut) {
    cut.getGroupsList().stream()
        .sorted(Comparator.comparingInt(GroupReport::getGroup))
        .forEach(this::cut);
    return done(Empty.newBuilder());
  }

  private void cut(GroupReport report) {
    long before = state.keys.revision();
    JournalItem run = state.order.cut(report, before);
    if (run != null) {
      var group = new GroupId(report.getGroup());
      state.keys.advanceTo(run.getRevision());
      feed.item(group, run);
      feed.ordered(before + 1, run.getRevision(), List.of(group));
    }
  }

  private CommandResult attach(LeaseAttach attach) {
    if (!state.leases().exists(attach.getLease())) {
      return new CommandResult.Rejected(new Rejection.LeaseNotFound(attach.getLease()));
    }
    state.leaseGroups.attach(attach.getLease(), new GroupId(attach.getGroup()));
    return done(Empty.newBuilder());
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

  private CommandResult auth(AuthChange change) {
    AuthFault fault = state.auth.execute(change);
    if (fault == null && change.hasTokenIssue()) {
      tokens.onIssued(change.getTokenIssue(), state.auth.facts().disables());
    }
    return done(AuthAnswer.newBuilder().setFault(fault == null ? 0 : fault.number()));
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
