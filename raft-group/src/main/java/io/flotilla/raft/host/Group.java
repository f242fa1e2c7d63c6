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

  /// Whether this replica was removed from the group: it answers others for a while, and clients
  /// with nothing any more. Any thread.
  public boolean isRemoved() {
    return replica.isGone();
  }

  /// As of the end of the replica's last turn.
  public GroupStatus status() {
    return replica.status();
  }

  /// Executes a command once it is committed. For a replica that leads.
  ///
  /// A replica that ceases to lead meanwhile waits for the log to show what became of the command.
  ///
  /// Rejections: `RequestTooLarge`, `TooManyRequests`, `NoLeader`, `NotLeader`, `Stopped` and
  /// `TimedOut` say that it had and will have no effect; `OutcomeUnknown` that it may have one.
  public Future<CommandResult> propose(Command command, long deadlineNanos) {
    return propose(command, deadlineNanos, (result, _) -> result);
  }

  /// As [#propose], and tells the index of the command's entry.
  public Future<Applied> proposeIndexed(Command command, long deadlineNanos) {
    return propose(command, deadlineNanos, Applied::new);
  }

  private <T> Future<T> propose(Command command, long deadlineNanos, Proposal.Finish<T> finish) {
    int bytes = CommandBatches.encodedBytes(command);
    if (bytes > limits.requestBytes()) {
      return Future.failedFuture(new Rejection.RequestTooLarge().asException());
    }
    var proposal = new Proposal<>(command, bytes, deadlineNanos, host.answers().lane(), finish);
    return submit(proposal, proposal.future());
  }

  /// Reads the group's state.
  ///
  /// Rejections: those of the query, and `TooManyRequests`, `NoLeader`, `NotLeader`,
  /// `LeaderChanged`, `Stopped`, `TimedOut`.
  public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
    return submit(new Read<>(query, mode, 0, deadlineNanos, host.answers().lane()));
  }

  /// Asks for an index of the log from which on a read is linearizable that began before this call
  /// did: on any replica that has applied it. For a replica that leads, which proves that it does.
  ///
  /// Rejections as [#read].
  public Future<Long> readIndex(long deadlineNanos) {
    return submit(new Question.ReadPoint(deadlineNanos, host.answers().lane()));
  }

  /// Reads this replica's state once it has applied the log up to `index`; on any replica.
  ///
  /// Rejections: those of the query, and `TooManyRequests`, `Stopped`, `TimedOut`.
  public <T> Future<T> readAt(long index, Query<T> query, long deadlineNanos) {
    var mode = ReadMode.SERIALIZABLE;
    return submit(new Read<>(query, mode, index, deadlineNanos, host.answers().lane()));
  }

  /// Completes when this replica has applied the log up to `index`.
  ///
  /// Rejections: `TooManyRequests`, `Stopped`, `TimedOut`.
  public Future<Void> awaitApplied(long index, long deadlineNanos) {
    return submit(new Question.Reached(index, deadlineNanos, host.answers().lane()));
  }

  /// A replica of a group that went quiet is to watch its leader again: there is something to ask
  /// of it. Does nothing when too much waits.
  public void wake() {
    host.submit(new Inbox.Item(replica, new Wake()));
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

  private <T> Future<T> submit(Question<T> question) {
    return submit(question, question.future());
  }

  private <T> Future<T> submit(Waiting request, Future<T> future) {
    Rejection refused = host.submit(new Inbox.Item(replica, request));
    return refused == null ? future : Future.failedFuture(refused.asException());
  }

  private record Wake() implements Waiting {
    @Override
    public void admitTo(Replica replica) {
      replica.wake();
    }

    @Override
    public void refuse(Answers answers, Rejection why) {}
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
