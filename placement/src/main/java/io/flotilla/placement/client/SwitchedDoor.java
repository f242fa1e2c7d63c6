package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.order.BarrierPoint;
import io.flotilla.placement.order.Completeness;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Reply;
import io.flotilla.proto.peer.TransferLeader;
import io.flotilla.raft.host.Applied;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;
import java.util.function.BooleanSupplier;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A [ShardDoor] that goes through the replica on this node while that answers ([Served]), and to
/// other nodes otherwise. Requests that are under way when a replica comes or goes are carried on:
/// writes go on to whoever leads under the ids that they have, reads are asked again.
final class SwitchedDoor implements ShardDoor {
  /// What doors to shard groups share on a node.
  ///
  /// @param isRemoved whether this node is a member no more; any thread
  record Shared(
      RemoteGroups remote,
      Served served,
      Elsewhere elsewhere,
      Completeness completeness,
      AnywhereDoor.Ports ports,
      AnywhereDoor.Limits limits,
      BooleanSupplier isRemoved) {}

  /// The replica on this node.
  private record Here(Group group, ReplicaReads reads) {}

  private final GroupId id;
  private final Shared shared;
  private final Barriers barriers;
  private final Entrance entrance;
  private final LeaderGuess guess;
  private final Errands errands;
  private final Writes toLeader;
  private final ShardWrites writes;
  private final LeaderErrands transfers;
  private final RemoteReads remote;
  private volatile @Nullable Here here;
  // why nothing is asked any more; null while it is
  private volatile @Nullable Rejection ended;

  SwitchedDoor(GroupId id, ShardWrites.Ways ways, Shared shared) {
    AnywhereDoor.Ports ports = shared.ports();
    Clock clock = ports.clock();
    Scheduler loop = ports.loop();
    this.id = id;
    this.shared = shared;
    this.barriers = ways.barriers();
    this.entrance = new Entrance(loop, ports.callers(), shared.limits());
    this.guess = new LeaderGuess(id, shared.remote().sites(), ports.calls(), clock, loop);
    this.errands = new Errands(new WhereverLed(), clock, loop);
    this.toLeader = new Writes(this::call, errands, new ToLog(), ports.random());
    this.writes = new ShardWrites(id, this::proposeAnywhere, ways, ports);
    this.transfers = new LeaderErrands(clock, loop);
    this.remote = new RemoteReads(id, shared.elsewhere());
  }

  @Override
  public GroupId group() {
    return id;
  }

  // ---- the replica comes and goes; on the loop

  /// A replica was opened here.
  void open(Group group, ShardGroupMachine machine) {
    here =
        new Here(
            group,
            new ReplicaReads(
                new ReplicaReads.Replica(shared.remote().self(), group, machine),
                shared.completeness(),
                shared.ports(),
                writes::onGateOpened));
  }

  /// The replica here is about to be closed.
  void close() {
    Here gone = here;
    here = null;
    if (gone != null) {
      gone.reads().stop(new Rejection.NoLeader());
    }
  }

  boolean isOpen() {
    return here != null;
  }

  /// The replica here; null while none is open.
  @Nullable ReplicaReads replica() {
    Here now = here;
    return now == null || now.group().isRemoved() ? null : now.reads();
  }

  /// The door may have switched, or its replica may have come further. What waits at a replica that
  /// hears nothing more would wait in vain.
  void look() {
    Here now = here;
    if (now != null) {
      now.reads().onCompleted();
      if (!shared.served().isHere(id)) {
        now.reads().giveUp();
      }
    }
  }

  // ---- writes

  /// Where the replica here leads, or knows more than others, its word counts.
  private final class WhereverLed implements Leading {
    @Override
    public Leader leader() {
      Here now = here;
      if (now != null) {
        GroupStatus status = now.group().status();
        if (status.isLeader() || shared.served().isHere(id)) {
          return new Leader(status.leader(), status.isLeader());
        }
      }
      return new Leader(guess.node(), false);
    }

    @Override
    public boolean isRemoved() {
      return SwitchedDoor.this.isRemoved();
    }

    @Override
    public void wake() {
      Here now = here;
      if (now != null) {
        now.group().wake();
      }
    }
  }

  /// A replica that was removed alone, where others go on, is only about to be closed.
  private boolean isRemoved() {
    Here now = here;
    return shared.isRemoved().getAsBoolean()
        || (now != null && now.group().isRemoved() && shared.served().isHere(id));
  }

  /// The command goes into the group's log as it is. What shows it is the order, not the log.
  private final class ToLog implements Writes.Work {
    @Override
    public Future<Applied> here(Command command, long deadlineNanos) {
      Here now = here;
      return now == null
          ? Future.failedFuture(new Rejection.NoLeader().asException())
          : now.group().proposeIndexed(command, deadlineNanos);
    }

    @Override
    public Call.Builder call(Command command) {
      return toGroup().setPropose(command);
    }

    @Override
    public Future<CommandResult> shown(Applied applied, long deadlineNanos) {
      return Future.succeededFuture(applied.result());
    }
  }

  private Call.Builder toGroup() {
    return Call.newBuilder().setGroup(id.value());
  }

  private Future<Reply> call(NodeId to, Call.Builder call, long deadlineNanos) {
    return guess.call(to, call, deadlineNanos);
  }

  @Override
  public Future<CommandResult> propose(Command command, long deadlineNanos) {
    Rejection refused = isRemoved() ? new Rejection.Stopped() : ended;
    if (refused != null) {
      return Future.failedFuture(refused.asException());
    }
    Here now = here;
    GroupStatus status = now == null ? null : now.group().status();
    if (status == null || !status.isLeader()) {
      return enter(command, deadlineNanos);
    }
    long term = status.term();
    return now.group()
        .propose(command, deadlineNanos)
        .transform(
            (result, failure) -> {
              if (failure == null) {
                return onceShown(now.group(), result, term, deadlineNanos);
              }
              return isForRouting(failure)
                  ? enter(command, deadlineNanos)
                  : Future.failedFuture(failure);
            });
  }

  /// What a leader answers its replica has heard of from the root group's replica beside it; after
  /// its leadership it may have been the group's log.
  private Future<CommandResult> onceShown(
      Group group, CommandResult result, long term, long deadlineNanos) {
    GroupStatus now = group.status();
    if (now.isLeader() && now.term() == term) {
      return Future.succeededFuture(result);
    }
    return entrance
        .enter(0, () -> writes.show(result, deadlineNanos))
        .recover(_ -> Future.failedFuture(new Rejection.OutcomeUnknown().asException()));
  }

  private Future<CommandResult> enter(Command command, long deadlineNanos) {
    return entrance.enter(
        command.getSerializedSize(), () -> writes.propose(command, deadlineNanos));
  }

  /// On the loop: into the log of the replica here while that leads, else under a request id to
  /// whoever does.
  private Future<CommandResult> proposeAnywhere(Command command, long deadlineNanos) {
    if (isRemoved()) {
      return Future.failedFuture(new Rejection.Stopped().asException());
    }
    Here now = here;
    if (now == null || !now.group().status().isLeader()) {
      return toLeader.propose(command, deadlineNanos);
    }
    return now.group()
        .propose(command, deadlineNanos)
        .recover(
            failure ->
                isElsewhere(failure)
                    ? toLeader.propose(command, deadlineNanos)
                    : Future.failedFuture(failure));
  }

  /// The replica here did nothing: it does not lead, or not any more.
  private static boolean isElsewhere(Throwable failure) {
    return failure instanceof RejectedException rejected
        && (rejected.rejection() instanceof Rejection.NoLeader
            || rejected.rejection() instanceof Rejection.NotLeader
            || rejected.rejection() instanceof Rejection.LeaderChanged);
  }

  /// Nothing was done, and something can be done about it.
  private static boolean isForRouting(Throwable failure) {
    return isElsewhere(failure)
        || failure instanceof RejectedException rejected
            && (rejected.rejection() instanceof Rejection.Held
                || rejected.rejection() instanceof Rejection.NeedsCommit
                || rejected.rejection() instanceof Rejection.LeaseUnattached);
  }

  @Override
  public Future<CommandResult> prepare(Command prepare, long deadlineNanos) {
    return writes.propose(prepare, deadlineNanos);
  }

  // ---- reads

  @Override
  public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
    if (mode == ReadMode.LINEARIZABLE) {
      return entrance.enter(
          0,
          () ->
              barriers
                  .take(deadlineNanos)
                  .compose(point -> at(reads -> reads.readAt(point, query, deadlineNanos))));
    }
    return entrance.enter(
        0,
        () -> {
          long revision = shared.served().completeTo(id);
          return at(reads -> reads.readComplete(revision, query, deadlineNanos));
        });
  }

  @Override
  public <T> Future<T> readAt(BarrierPoint point, Query<T> query, long deadlineNanos) {
    return entrance.enter(0, () -> at(reads -> reads.readAt(point, query, deadlineNanos)));
  }

  @Override
  public <T> Future<T> readComplete(long revision, Query<T> query, long deadlineNanos) {
    return entrance.enter(0, () -> at(reads -> reads.readComplete(revision, query, deadlineNanos)));
  }

  @Override
  public <T> Future<T> readWholeAt(
      BarrierPoint point, OwnKeys keys, Query<T> query, long deadlineNanos) {
    return entrance.enter(
        0, () -> at(reads -> reads.readWholeAt(point, keys, query, deadlineNanos)));
  }

  @Override
  public <T> Future<T> readWholeComplete(
      long revision, OwnKeys keys, Query<T> query, long deadlineNanos) {
    return entrance.enter(
        0, () -> at(reads -> reads.readWholeComplete(revision, keys, query, deadlineNanos)));
  }

  @Override
  public Future<TxnResponse> part(TxnId txn, long deadlineNanos) {
    return at(reads -> reads.part(txn, deadlineNanos));
  }

  /// On the loop. A read that fails while the door switches is asked again on the other side: it
  /// has no effect.
  private <T> Future<T> at(Function<ShardReads, Future<T>> read) {
    Rejection refused = ended;
    if (refused != null) {
      return Future.failedFuture(refused.asException());
    }
    ShardReads first = reads();
    Future<T> answer = read.apply(first);
    return answer.succeeded()
        ? answer
        : answer.recover(
            failure -> {
              ShardReads now = reads();
              return now == first || ended != null ? Future.failedFuture(failure) : read.apply(now);
            });
  }

  private ShardReads reads() {
    Here now = here;
    return now != null && shared.served().isHere(id) ? now.reads() : remote;
  }

  // ---- the leader

  @Override
  public NodeId leader() {
    Here now = here;
    NodeId known = now == null ? NodeId.NONE : now.group().status().leader();
    return known.equals(NodeId.NONE) ? guess.lastKnown() : known;
  }

  @Override
  public boolean isLed() {
    Here now = here;
    if (now != null) {
      GroupStatus status = now.group().status();
      if (status.isLeader() || shared.served().isHere(id)) {
        return !status.leader().equals(NodeId.NONE);
      }
    }
    return guess.isLed();
  }

  @Override
  public Future<Boolean> transfer(NodeId to, long deadlineNanos) {
    return transfers.run(
        new LeaderErrands.Errand<>(
            new WhereverLed(),
            () -> {
              Here now = here;
              return now == null
                  ? Future.failedFuture(new Rejection.NoLeader().asException())
                  : now.group().transferTo(to);
            },
            leader -> transferAt(leader, to, deadlineNanos),
            deadlineNanos));
  }

  private Future<Boolean> transferAt(NodeId leader, NodeId to, long deadlineNanos) {
    var call = toGroup().setTransferLeader(TransferLeader.newBuilder().setTo(to.value()));
    return call(leader, call, deadlineNanos)
        .map(Reply::hasDone)
        .recover(
            failure ->
                Refusals.of(failure) instanceof Rejection.MemberNotFound
                    ? Future.succeededFuture(false)
                    : Future.failedFuture(failure));
  }

  // ---- the end

  @Override
  public int waiting() {
    return entrance.waiting();
  }

  /// Ends what waits; nothing is asked from now on. On the loop.
  ///
  /// @param why what had no effect is refused for
  void stop(Rejection why) {
    ended = why;
    writes.stop(why);
    Here now = here;
    if (now != null) {
      now.reads().stop(why);
    }
    errands.stop(why);
    transfers.stop();
  }
}
