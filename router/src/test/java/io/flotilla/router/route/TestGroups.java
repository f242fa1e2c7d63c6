package io.flotilla.router.route;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Groups with a real store each, that take mutations in at their own pace, and beside them one
/// store that has all keys: what the groups should look like from outside.
final class TestGroups implements Groups, AutoCloseable {
  final TestStore whole = new TestStore();
  private final Map<GroupId, TestStore> stores = new TreeMap<>();
  private final Map<GroupId, Deque<Pending>> pending = new TreeMap<>();
  private ShardMap map;
  private long handovers;
  int reads;
  /// Runs before each read of a group.
  Runnable beforeRead = () -> {};

  private record Pending(long revision, Runnable apply) {}

  TestGroups(ShardMap map) {
    this.map = map;
    map.shards()
        .forEach(
            shard -> {
              stores.computeIfAbsent(shard.group(), _ -> new TestStore());
              pending.computeIfAbsent(shard.group(), _ -> new ArrayDeque<>());
            });
    stores.forEach((group, store) -> store.serve(new OwnKeys(map.ranges(group))));
  }

  /// A range goes from one group to another; both take that in later.
  void handOver(KeyRange range, GroupId to) {
    GroupId from = map.locate(range).getFirst().group();
    long number = ++handovers;
    List<HandoverRecords> history = whole.export(number, range);
    TestStore source = stores.get(from);
    TestStore target = stores.get(to);
    long behind = whole.revision() + 1;
    pending
        .get(from)
        .add(
            new Pending(
                behind,
                () -> {
                  source.handovers().send(number, range);
                  source.serve(source.own().minus(range));
                  source.handovers().release(number, range);
                }));
    pending
        .get(to)
        .add(
            new Pending(
                behind,
                () -> {
                  target.advanceTo(behind - 1);
                  target.handovers().receive(number, range);
                  history.forEach(target.handovers()::take);
                  target.handovers().acquire(number);
                  target.serve(target.own().plus(range));
                }));
    map = map.handOver(range, to);
  }

  /// Every group takes in what there is.
  void takeInAll() {
    stores.keySet().forEach(this::takeInAll);
  }

  Set<GroupId> ids() {
    return stores.keySet();
  }

  ShardMap map() {
    return map;
  }

  // ---- mutations

  /// A put or delete_range; groups take it in later.
  void write(Command command) {
    long revision = whole.revision() + 1;
    whole.execute(command, revision);
    if (command.hasPut()) {
      Key key = Key.of(command.getPut().getKey().toByteArray());
      later(map.locate(key).group(), command, revision);
      return;
    }
    DeleteRangeRequest delete = command.getDeleteRange();
    Map<GroupId, TxnRequest.Builder> deletes = new TreeMap<>();
    for (KeyPart part : KeyPart.of(map, delete.getKey(), delete.getRangeEnd())) {
      var piece = DeleteRangeRequest.newBuilder().setKey(part.key()).setRangeEnd(part.rangeEnd());
      deletes
          .computeIfAbsent(part.group(), _ -> TxnRequest.newBuilder())
          .addSuccess(RequestOp.newBuilder().setRequestDeleteRange(piece));
    }
    deletes.forEach((group, txn) -> later(group, txn.build(), revision));
  }

  /// Sub-revisions of all groups, and those of the whole, are distinct.
  private void later(GroupId group, TxnRequest txn, long revision) {
    TestStore store = stores.get(group);
    int subBase = 1_000 * (group.value() + 1);
    pending.get(group).add(new Pending(revision, () -> store.execute(txn, revision, subBase)));
  }

  /// In the whole and, behind what they have not taken in yet, in all groups.
  void compact(Command command) {
    long revision = whole.revision();
    whole.execute(command, revision + 1);
    stores.keySet().forEach(group -> later(group, command, revision + 1));
  }

  private void later(GroupId group, Command command, long revision) {
    TestStore store = stores.get(group);
    pending.get(group).add(new Pending(revision, () -> store.execute(command, revision)));
  }

  /// The group takes the oldest that it has not taken in.
  void takeIn(GroupId group) {
    Pending next = pending.get(group).poll();
    if (next != null) {
      next.apply().run();
    }
  }

  void takeInAll(GroupId group) {
    while (!pending.get(group).isEmpty()) {
      takeIn(group);
    }
  }

  void finishCompactions() {
    whole.finishCompaction();
    stores.forEach(
        (group, store) -> {
          takeInAll(group);
          store.finishCompaction();
        });
  }

  // ---- as routing sees it

  @Override
  public GroupDoor root() {
    return door(GroupId.ROOT);
  }

  @Override
  public GroupDoor shard(GroupId group) {
    return door(group);
  }

  @Override
  public GroupDoor door(GroupId group) {
    return new GroupDoor() {
      @Override
      public Future<CommandResult> propose(Command command, long deadlineNanos) {
        return Future.failedFuture("reads only");
      }

      @Override
      public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
        Future<Moment> moment = mode == ReadMode.LINEARIZABLE ? newest(0) : local(List.of(group));
        return moment.compose(at -> at.read(group, query, deadlineNanos));
      }
    };
  }

  @Override
  public Future<CommandResult> across(Command command, long deadlineNanos) {
    return Future.failedFuture("reads only");
  }

  @Override
  public Future<Moment> newest(long deadlineNanos) {
    return Future.succeededFuture(new At(whole.revision(), true));
  }

  @Override
  public Future<Moment> local(Collection<GroupId> groups) {
    long least = whole.revision();
    for (GroupId group : groups) {
      Pending next = pending.get(group).peek();
      least = next == null ? least : Math.min(least, next.revision() - 1);
    }
    return Future.succeededFuture(new At(least, false));
  }

  private final class At implements Moment {
    private final long revision;
    private final boolean waits;

    At(long revision, boolean waits) {
      this.revision = revision;
      this.waits = waits;
    }

    @Override
    public long revision() {
      return revision;
    }

    @Override
    public <T> Future<T> read(GroupId group, Query<T> query, long deadlineNanos) {
      beforeRead.run();
      return readNow(group, query);
    }

    private <T> Future<T> readNow(GroupId group, Query<T> query) {
      reads++;
      TestStore store = stores.get(group);
      if (waits) {
        takeInAll(group);
      }
      store.advanceTo(revision);
      return store.read(query);
    }

    @Override
    public <T> Future<T> readWhole(
        GroupId group, OwnKeys keys, Query<T> query, long deadlineNanos) {
      beforeRead.run();
      if (waits) {
        takeInAll(group);
      }
      return stores.get(group).own().equals(keys)
          ? readNow(group, query)
          : Future.failedFuture(new Rejection.WrongShard(map.epoch()).asException());
    }
  }

  @Override
  public void close() {
    whole.close();
    stores.values().forEach(TestStore::close);
  }
}
