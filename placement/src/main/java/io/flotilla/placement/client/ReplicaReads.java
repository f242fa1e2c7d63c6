package io.flotilla.placement.client;

import io.flotilla.base.Epoch;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.order.BarrierPoint;
import io.flotilla.placement.order.Completeness;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.ordered.OrderListener;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Reads of a shard group at the replica on this node. Belongs to the loop.
///
/// Rejections: those of the query, and `WrongShard` for keys of another group, as far as this
/// replica knows.
final class ReplicaReads implements ShardReads {
  private static final Rejection WRONG_SHARD = new Rejection.WrongShard(Epoch.FIRST);

  private final NodeId self;
  private final Group group;
  private final ShardGroupMachine machine;
  private final Completeness completeness;
  private final Thresholds processed;
  private final Thresholds complete;
  private final Parts parts;
  // how often the group's keys have changed here
  private long ownChanges;
  // why nothing is asked any more; null while it is
  private @Nullable Rejection ended;

  /// @param self this node
  record Replica(NodeId self, Group group, ShardGroupMachine machine) {}

  /// @param onGateOpened told in a later turn when a lock may be gone
  ReplicaReads(
      Replica replica, Completeness completeness, AnywhereDoor.Ports ports, Runnable onGateOpened) {
    Clock clock = ports.clock();
    Scheduler loop = ports.loop();
    this.self = replica.self();
    this.group = replica.group();
    this.machine = replica.machine();
    this.completeness = completeness;
    this.processed = new Thresholds(clock, loop, machine::processed);
    this.complete = new Thresholds(clock, loop, () -> completeness.completeTo(group.id()));
    this.parts = new Parts(machine, clock, loop);
    machine.observe(new Moves(new TurnEnd(loop, this::onMoved), new TurnEnd(loop, onGateOpened)));
    machine.onOwnChange(() -> ownChanges++);
  }

  /// Told from inside the machine.
  private record Moves(TurnEnd processed, TurnEnd opened) implements OrderListener {
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

  private void onMoved() {
    processed.look();
    complete.look();
  }

  /// The replica may be complete to a later revision.
  void onCompleted() {
    complete.look();
  }

  /// Ends what waits for the replica to come further: another one is asked.
  void giveUp() {
    processed.giveUp(new Rejection.NoLeader());
    complete.giveUp(new Rejection.NoLeader());
    parts.stop();
  }

  /// Whether other nodes may ask this replica. One that is on its way to its first state, or far
  /// behind, would let them wait.
  boolean isReadable() {
    boolean empty = machine.group().equals(GroupId.ROOT);
    boolean learns = group.status().membership().isLearner(self);
    return !empty && !group.isRemoved() && !(learns && completeness.isBehind(group.id()));
  }

  ShardGroupMachine machine() {
    return machine;
  }

  // ---- reads

  @Override
  public <T> Future<T> readAt(BarrierPoint point, Query<T> query, long deadlineNanos) {
    return await(point, deadlineNanos)
        .compose(_ -> readHere(point.revision(), query, deadlineNanos));
  }

  @Override
  public <T> Future<T> readComplete(long revision, Query<T> query, long deadlineNanos) {
    return readHere(revision, query, deadlineNanos);
  }

  @Override
  public <T> Future<T> readWholeAt(
      BarrierPoint point, OwnKeys keys, Query<T> query, long deadlineNanos) {
    return await(point, deadlineNanos)
        .compose(_ -> whole(keys, () -> readHere(point.revision(), query, deadlineNanos)));
  }

  @Override
  public <T> Future<T> readWholeComplete(
      long revision, OwnKeys keys, Query<T> query, long deadlineNanos) {
    return whole(keys, () -> readHere(revision, query, deadlineNanos));
  }

  /// Waits until a point is reached that another node read from its replica of the root group: the
  /// one here may not have come so far.
  Future<Void> awaitElsewhere(long item, long revision, long deadlineNanos) {
    return processed
        .await(item, deadlineNanos)
        .compose(_ -> complete.await(revision, deadlineNanos));
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

  @Override
  public Future<TxnResponse> part(TxnId id, long deadlineNanos) {
    return parts.take(id, deadlineNanos);
  }

  /// Ends what waits; nothing is asked from now on.
  ///
  /// @param why it is refused for
  void stop(Rejection why) {
    ended = why;
    processed.stop(why);
    complete.stop(why);
    parts.stop();
  }
}
