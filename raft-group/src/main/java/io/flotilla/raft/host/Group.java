package io.flotilla.raft.host;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.core.MemberChange;
import io.flotilla.raft.core.MemberProgress;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.List;

/// The door to one group's replica on this node. Any thread; futures complete on the caller's event
/// loop if it has one. Every request is answered: with its result, or with a
/// [io.flotilla.base.RejectedException].
///
/// Deadlines are points on the host's monotonic clock.
public final class Group {
  private final Replica replica;
  private final RaftHost host;
  private final HostConfig.Limits limits;

  Group(Replica replica, RaftHost host, HostConfig.Limits limits) {
    this.replica = replica;
    this.host = host;
    this.limits = limits;
  }

  public GroupId id() {
    return replica.id();
  }

  /// As of the end of the replica's last turn.
  public GroupStatus status() {
    return replica.status();
  }

  /// Executes a command once it is committed.
  ///
  /// Rejections: `RequestTooLarge`, `TooManyRequests`, `NoLeader`, `NotLeader`, `Stopped` and
  /// `TimedOut` say that it had no effect; `OutcomeUnknown` that it may have had.
  public Future<CommandResult> propose(Command command, long deadlineNanos) {
    int bytes = CommandBatches.encodedBytes(command);
    if (bytes > limits.requestBytes()) {
      return Future.failedFuture(new Rejection.RequestTooLarge().asException());
    }
    var proposal = new Proposal(command, bytes, deadlineNanos, host.answers().lane());
    return submit(proposal, proposal.future());
  }

  /// Reads the group's state.
  ///
  /// Rejections: those of the query, and `TooManyRequests`, `NoLeader`, `NotLeader`,
  /// `LeaderChanged`, `Stopped`, `TimedOut`.
  public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
    var read = new Read<>(query, mode, deadlineNanos, host.answers().lane());
    return submit(read, read.future());
  }

  /// Changes who takes part; completes with the membership that took effect, which is a joint one
  /// when more than one voter changes: the group leaves that by itself.
  ///
  /// Rejections as [#propose]; `TooManyRequests` while another change is under way. Fails with
  /// [IllegalArgumentException] when the steps contradict each other or leave no voter.
  ///
  /// @param context for the state machine, applied with the membership; may be empty
  public Future<Membership> changeMembers(
      List<MemberChange.Step> steps, byte[] context, long deadlineNanos) {
    Promise<Membership> promise = Promise.promise();
    var request =
        new Changes.Request(
            List.copyOf(steps), context, deadlineNanos, host.answers().lane(), promise);
    return submit(request, promise.future());
  }

  /// Asks the replica to hand leadership to `target`; [#status] tells when that has happened.
  /// Completes with false if the replica does not lead or `target` is no other voter.
  public Future<Boolean> transferTo(NodeId target) {
    Promise<Boolean> promise = Promise.promise();
    return submit(new Handover(target, host.answers().lane(), promise, host), promise.future());
  }

  /// What the replica knows of the members of its group, in id order, itself included; empty where
  /// it does not lead.
  public Future<List<MemberProgress>> progress() {
    Promise<List<MemberProgress>> promise = Promise.promise();
    return submit(new Look(host.answers().lane(), promise, host), promise.future());
  }

  /// Runs `listener` on the host's loop, once, a few election timeouts after this replica found in
  /// its log that it takes part no more: until then others may need its word about what is
  /// committed. Called on the loop, right after opening.
  public void onRemoved(Runnable listener) {
    replica.onRemoved(host.guarded(listener));
  }

  private <T> Future<T> submit(Waiting request, Future<T> future) {
    Rejection refused = host.submit(new Inbox.Item(replica, request));
    return refused == null ? future : Future.failedFuture(refused.asException());
  }

  private record Look(Lane lane, Promise<List<MemberProgress>> promise, RaftHost host)
      implements Waiting {
    @Override
    public void admitTo(Replica replica) {
      host.answers().succeed(lane, promise, replica.progress());
    }

    @Override
    public void refuse(Answers answers, Rejection why) {
      answers.refuse(lane, promise, why);
    }
  }

  private record Handover(NodeId target, Lane lane, Promise<Boolean> promise, RaftHost host)
      implements Waiting {
    @Override
    public void admitTo(Replica replica) {
      host.answers().succeed(lane, promise, replica.transferTo(target));
    }

    @Override
    public void refuse(Answers answers, Rejection why) {
      answers.refuse(lane, promise, why);
    }
  }
}
