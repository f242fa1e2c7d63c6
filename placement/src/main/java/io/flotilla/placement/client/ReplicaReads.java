package io.flotilla.placement.client;

import io.flotilla.base.Epoch;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.order.BarrierPoint;
import io.flotilla.placement.order.Completeness;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.ordered.OrderListener;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The door to a shard group of which this node has a replica, whoever leads it. Any thread.
///
/// * A command that the group's gate keeps out waits for its lock to go, attaches the group to the
///   lease it names, or is coordinated: see docs/design/0009. It is answered when the replica here
///   shows it.
/// * A linearizable read takes a barrier and runs here when this replica is complete to it: the
///   group's leader is not asked. A serializable one runs here at once.
///
/// Rejections are those of [AnywhereDoor], and `WrongShard` for keys of another group, as far as
/// this replica (of a read) or the leader (of a write) knows: nothing was done, and nothing of it
/// will be.
public final class ShardDoor implements GroupDoor {
  private static final Rejection WRONG_SHARD = new Rejection.WrongShard(Epoch.FIRST);

  private final Group group;
  private final ShardGroupMachine machine;
  private final Barriers barriers;
  private final Completeness completeness;
  private final Entrance entrance;
  private final AnywhereDoor door;
  private final ShardWrites writes;
  private final Thresholds processed;
  private final Parts parts;
  // how often the group's keys have changed here
  private long ownChanges;
  // why nothing is asked any more; null while it is
  private volatile @Nullable Rejection ended;

  ShardDoor(
      Group group,
      ShardGroupMachine machine,
      ShardWrites.Ways ways,
      AnywhereDoor.Ports ports,
      AnywhereDoor.Limits limits) {
    this.group = group;
    this.machine = machine;
    this.barriers = ways.barriers();
    this.completeness = ways.completeness();
    this.entrance = new Entrance(ports.loop(), ports.callers(), limits);
    this.door = new AnywhereDoor(group, ports, limits);
    this.writes = new ShardWrites(group.id(), door, ways, ports);
    this.processed = new Thresholds(ports.clock(), ports.loop(), machine::processed);
    this.parts = new Parts(machine, ports.clock(), ports.loop());
    machine.observe(
        new Moves(
            new TurnEnd(ports.loop(), processed::look),
            new TurnEnd(ports.loop(), writes::onGateOpened)));
    machine.onOwnChange(() -> ownChanges++);
  }

  /// Told from inside the machine.
  private static final class Moves implements OrderListener {
    private final TurnEnd processed;
    private final TurnEnd opened;

    Moves(TurnEnd processed, TurnEnd opened) {
      this.processed = processed;
      this.opened = opened;
    }

    @Override
    public void onProcessed(JournalItem item) {
      processed.touch();
    }

    @Override
    public void onReplaced() {
      processed.touch();
    }

    @Override
    public void onGateOpened() {
      opened.touch();
    }
  }

  public GroupId group() {
    return group.id();
  }

  // ---- writes

  @Override
  public Future<CommandResult> propose(Command command, long deadlineNanos) {
    Rejection refused = group.isRemoved() ? new Rejection.Stopped() : ended;
    if (refused != null) {
      return Future.failedFuture(refused.asException());
    }
    GroupStatus status = group.status();
    if (!status.isLeader()) {
      return enter(command, deadlineNanos);
    }
    return group
        .propose(command, deadlineNanos)
        .transform(
            (result, failure) -> {
              if (failure == null) {
                return onceShown(result, status.term(), deadlineNanos);
              }
              return isForRouting(failure)
                  ? enter(command, deadlineNanos)
                  : Future.failedFuture(failure);
            });
  }

  /// What a leader answers its replica has heard of from the root group's replica beside it; after
  /// its leadership it may have been the group's log.
  private Future<CommandResult> onceShown(CommandResult result, long term, long deadlineNanos) {
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

  /// Nothing was done, and something can be done about it.
  private static boolean isForRouting(Throwable failure) {
    return failure instanceof RejectedException rejected
        && switch (rejected.rejection()) {
          case Rejection.NoLeader _,
              Rejection.NotLeader _,
              Rejection.LeaderChanged _,
              Rejection.Held _,
              Rejection.NeedsCommit _,
              Rejection.LeaseUnattached _ ->
              true;
          case Rejection.Compacted _,
              Rejection.FutureRevision _,
              Rejection.KeyNotFound _,
              Rejection.LeaseNotFound _,
              Rejection.LeaseExists _,
              Rejection.NoSpace _,
              Rejection.Corrupt _,
              Rejection.TooManyRequests _,
              Rejection.RequestTooLarge _,
              Rejection.TimedOut _,
              Rejection.OutcomeUnknown _,
              Rejection.Stopped _,
              Rejection.MemberNotFound _,
              Rejection.WrongShard _ ->
              false;
        };
  }

  // ---- reads

  @Override
  public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
    return entrance.enter(
        0,
        () ->
            mode == ReadMode.SERIALIZABLE
                ? readHere(completeness.completeTo(group.id()), query, deadlineNanos)
                : barriers
                    .take(deadlineNanos)
                    .compose(point -> readOnceThere(point, query, deadlineNanos)));
  }

  /// Reads when the replica here is complete to a barrier: at its revision, and at any that is not
  /// above it.
  public <T> Future<T> readAt(BarrierPoint point, Query<T> query, long deadlineNanos) {
    return entrance.enter(0, () -> readOnceThere(point, query, deadlineNanos));
  }

  /// Reads what is complete here, without asking anybody.
  ///
  /// @param revision up to which it has to be readable; not above [Completeness#completeTo]
  public <T> Future<T> readComplete(long revision, Query<T> query, long deadlineNanos) {
    return entrance.enter(0, () -> readHere(revision, query, deadlineNanos));
  }

  /// As [#readAt], about the group as a whole.
  ///
  /// @param keys what the group has to have from the beginning of the read to its end: otherwise it
  ///     is refused as `WrongShard`
  public <T> Future<T> readWholeAt(
      BarrierPoint point, OwnKeys keys, Query<T> query, long deadlineNanos) {
    return entrance.enter(
        0,
        () ->
            await(point, deadlineNanos)
                .compose(_ -> whole(keys, () -> readHere(point.revision(), query, deadlineNanos))));
  }

  /// As [#readComplete], about the group as a whole.
  ///
  /// @param keys as for [#readWholeAt]
  public <T> Future<T> readWholeComplete(
      long revision, OwnKeys keys, Query<T> query, long deadlineNanos) {
    return entrance.enter(0, () -> whole(keys, () -> readHere(revision, query, deadlineNanos)));
  }

  private <T> Future<T> whole(OwnKeys keys, Supplier<Future<T>> read) {
    if (!machine.own().equals(keys)) {
      return Future.failedFuture(WRONG_SHARD.asException());
    }
    long before = ownChanges;
    return read.get()
        .compose(
            answer ->
                ownChanges == before
                    ? Future.succeededFuture(answer)
                    : Future.failedFuture(WRONG_SHARD.asException()));
  }

  private <T> Future<T> readOnceThere(BarrierPoint point, Query<T> query, long deadlineNanos) {
    return await(point, deadlineNanos)
        .compose(_ -> readHere(point.revision(), query, deadlineNanos));
  }

  private Future<Void> await(BarrierPoint point, long deadlineNanos) {
    return processed.await(point.lastItem().getOrDefault(group.id(), 0L), deadlineNanos);
  }

  /// The machine itself refuses what is not about its own keys, when it comes to the read.
  private <T> Future<T> readHere(long revision, Query<T> query, long deadlineNanos) {
    Rejection refused = ended;
    if (refused != null) {
      return Future.failedFuture(refused.asException());
    }
    machine.advanceTo(revision);
    return group.read(ReadMode.SERIALIZABLE, query, deadlineNanos);
  }

  // ---- transactions; on the loop

  /// Whether the group has a leader, as far as this node knows; any thread.
  public boolean isLed() {
    return !group.status().leader().equals(NodeId.NONE);
  }

  /// Puts a prepare into the group's log, whoever leads it; waits for locks, and attaches the group
  /// to leases, as writes do. The result is a `PrepareAnswer`.
  public Future<CommandResult> prepare(Command prepare, long deadlineNanos) {
    return writes.propose(prepare, deadlineNanos);
  }

  /// This group's part of a committed transaction, once the replica here has processed it.
  ///
  /// Rejections: `OutcomeUnknown` when it is not kept any more or does not come in time.
  public Future<TxnResponse> part(TxnId id, long deadlineNanos) {
    return parts.take(id, deadlineNanos);
  }

  /// Requests on their way or waiting; any thread.
  public int waiting() {
    return entrance.waiting();
  }

  /// Ends what waits; nothing is asked from now on. On the loop.
  ///
  /// @param why what had no effect is refused for
  void stop(Rejection why) {
    ended = why;
    writes.stop(why);
    processed.stop(why);
    parts.stop();
    door.stop(why);
  }
}
