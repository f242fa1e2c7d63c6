package io.flotilla.router.route;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Groups with a real store each, that take mutations in at their own pace, and beside them one
/// store that has all keys: what the groups should look like from outside.
final class TestGroups implements Groups, AutoCloseable {
  final TestStore whole = new TestStore();
  private final Map<GroupId, TestStore> stores = new TreeMap<>();
  private final Map<GroupId, Deque<Pending>> pending = new TreeMap<>();
  private final ShardMap map;
  int reads;

  private record Pending(long revision, Runnable apply) {}

  TestGroups(ShardMap map) {
    this.map = map;
    map.shards()
        .forEach(
            shard -> {
              stores.computeIfAbsent(shard.group(), _ -> new TestStore());
              pending.computeIfAbsent(shard.group(), _ -> new ArrayDeque<>());
            });
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
    deletes.forEach(
        (group, txn) -> later(group, Command.newBuilder().setTxn(txn).build(), revision));
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

  private void takeInAll(GroupId group) {
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
      reads++;
      TestStore store = stores.get(group);
      if (waits) {
        takeInAll(group);
      }
      store.advanceTo(revision);
      return store.read(query);
    }
  }

  @Override
  public void close() {
    whole.close();
    stores.values().forEach(TestStore::close);
  }
}
