package io.flotilla.placement.service;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.GroupId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.storage.backup.SnapshotWriter;
import io.flotilla.storage.mvcc.StoreCopy;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// A snapshot of this node's replicas of all groups at one revision: a single store, as if the root
/// group had all keys, so that it does not depend on which group had what. Belongs to the loop.
///
/*
 * The root group's replica is frozen first, and with it the revision. The replica of a shard group
 * is frozen in the moment when it has processed the last item that the root group knew then and not
 * the next one. Nobody is held up for it. A replica can be ahead of that, when its group's log
 * brings items that the root group's replica here has not heard of yet: then all begin anew.
 *
 * Each copy has the group's own keys only. Who has which keys is decided by the same items, so
 * those of all groups are every key exactly once; it is looked at all the same.
 */
public final class ClusterBackup {
  private static final long PAUSE_MILLIS = 10;

  private final RootMachine root;
  private final Function<GroupId, @Nullable ShardGroupMachine> shards;
  private final Clock clock;
  private final Scheduler loop;
  private final long deadlineNanos;
  private final Promise<SnapshotWriter> promise = Promise.promise();

  private ClusterBackup(
      RootMachine root,
      Function<GroupId, @Nullable ShardGroupMachine> shards,
      Clock clock,
      Scheduler loop,
      long deadlineNanos) {
    this.root = root;
    this.shards = shards;
    this.clock = clock;
    this.loop = loop;
    this.deadlineNanos = deadlineNanos;
  }

  /// Opens a snapshot. Completes on the loop; fails as timed out when replicas here do not come
  /// together in time.
  ///
  /// @param shards this node's replicas of shard groups
  public static Future<SnapshotWriter> open(
      RootMachine root,
      Function<GroupId, @Nullable ShardGroupMachine> shards,
      Clock clock,
      Scheduler loop,
      long deadlineNanos) {
    if (root.groups().isEmpty()) {
      return Future.succeededFuture(root.openBackup());
    }
    var backup = new ClusterBackup(root, shards, clock, loop, deadlineNanos);
    backup.attempt();
    return backup.promise.future();
  }

  private void attempt() {
    if (clock.nanoTime() - deadlineNanos >= 0) {
      promise.fail(new Rejection.TimedOut().asException());
      return;
    }
    Map<GroupId, Goal> goals = goals();
    if (goals == null) {
      loop.after(PAUSE_MILLIS, this::attempt);
      return;
    }
    new Attempt(goals).start();
  }

  /// A replica, the item that it is frozen after, and the keys that it has then.
  private record Goal(ShardGroupMachine machine, long item, OwnKeys keys) {}

  /// Null when a replica is ahead of what the root group's replica knows, or not here.
  private @Nullable Map<GroupId, Goal> goals() {
    Map<GroupId, GroupOrder> orders = root.orders();
    Map<GroupId, Goal> goals = new TreeMap<>();
    for (var entry : orders.entrySet()) {
      ShardGroupMachine machine = shards.apply(entry.getKey());
      long item = entry.getValue().getLastItem();
      if (machine == null || machine.processed() > item) {
        return null;
      }
      var keys = new OwnKeys(root.shardMap().ranges(entry.getKey()));
      goals.put(entry.getKey(), new Goal(machine, item, keys));
    }
    return goals;
  }

  /// One revision that all replicas are to be frozen at.
  private final class Attempt {
    private final Map<GroupId, Goal> goals;
    private final Map<GroupId, StoreCopy> copies = new TreeMap<>();
    private final List<Runnable> waits = new ArrayList<>();
    private final StoreCopy first = root.openCopy();
    private final long revision = root.revision();
    private Scheduler.@Nullable Cancellable timer;
    private boolean over;

    Attempt(Map<GroupId, Goal> goals) {
      this.goals = goals;
    }

    void start() {
      goals.forEach(
          (group, goal) -> {
            if (!over) {
              waits.add(goal.machine().whenProcessed(goal.item(), () -> onProcessed(group, goal)));
            }
          });
      if (!over) {
        long left = Math.max(0, deadlineNanos - clock.nanoTime());
        timer = loop.after(left / 1_000_000 + 1, this::giveUp);
      }
    }

    private void onProcessed(GroupId group, Goal goal) {
      if (over) {
        return;
      }
      if (goal.machine().processed() != goal.item()) {
        giveUp(); // a whole state was installed
        return;
      }
      check(
          goal.machine().own().equals(goal.keys()),
          "a group has the keys that the map of its items says");
      copies.put(group, goal.machine().openCopy());
      if (copies.size() == goals.size()) {
        finish();
      }
    }

    private void finish() {
      boolean alike =
          copies.values().stream()
              .allMatch(copy -> copy.compactRevision() == first.compactRevision());
      if (!alike) {
        giveUp();
        return;
      }
      end();
      promise.complete(StoreCopy.merge(first, List.copyOf(copies.values()), revision));
    }

    private void giveUp() {
      if (!over) {
        end();
        first.close();
        copies.values().forEach(StoreCopy::close);
        loop.after(PAUSE_MILLIS, ClusterBackup.this::attempt);
      }
    }

    private void end() {
      over = true;
      waits.forEach(Runnable::run);
      if (timer != null) {
        timer.cancel();
      }
    }
  }
}
