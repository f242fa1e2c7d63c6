package io.flotilla.router.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.ShardQuery;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/// Keys below `m` belong to the root group, the others to group 1.
class ShardRouterTest {
  private static final GroupId ONE = new GroupId(1);

  private final List<GroupId> asked = new ArrayList<>();
  private ShardMap map = ShardMap.initial().split(Key.utf8("m"), ONE);
  private final ShardRouter router =
      new ShardRouter(() -> map, Map.of(GroupId.ROOT, door(GroupId.ROOT), ONE, door(ONE)));

  @Test
  void aPutGoesToTheGroupOfItsKey() {
    router.propose(put("a"), 0);
    router.propose(put("m"), 0);
    assertThat(asked).containsExactly(GroupId.ROOT, ONE);
  }

  @Test
  void aRangeGoesToTheGroupThatHoldsAllOfIt() {
    router.read(ReadMode.LINEARIZABLE, range("n", "z"), 0);
    router.read(ReadMode.SERIALIZABLE, range("a", "m"), 0);
    router.read(ReadMode.SERIALIZABLE, range("z", "n"), 0);
    assertThat(asked).containsExactly(ONE, GroupId.ROOT, GroupId.ROOT);
  }

  @Test
  void aRequestAcrossGroupsIsRefusedWithTheEpoch() {
    var across =
        Command.newBuilder()
            .setDeleteRange(
                DeleteRangeRequest.newBuilder().setKey(bytes("a")).setRangeEnd(bytes("z")))
            .build();
    assertRefused(router.propose(across, 0));
    assertRefused(router.read(ReadMode.LINEARIZABLE, range("a", "z"), 0));
    assertThat(asked).isEmpty();
  }

  /// Every key of a txn counts, in compares, both branches and nested txns.
  @Test
  void aTxnBelongsWhereAllItsKeysAre() {
    var nested =
        TxnRequest.newBuilder()
            .addFailure(
                RequestOp.newBuilder().setRequestPut(PutRequest.newBuilder().setKey(bytes("b"))));
    var txn =
        TxnRequest.newBuilder()
            .addCompare(Compare.newBuilder().setKey(bytes("a")))
            .addSuccess(RequestOp.newBuilder().setRequestTxn(nested));
    router.propose(Command.newBuilder().setTxn(txn).build(), 0);
    assertThat(asked).containsExactly(GroupId.ROOT);
    nested.addSuccess(
        RequestOp.newBuilder().setRequestPut(PutRequest.newBuilder().setKey(bytes("x"))));
    txn.setSuccess(0, RequestOp.newBuilder().setRequestTxn(nested));
    assertRefused(router.propose(Command.newBuilder().setTxn(txn).build(), 0));
  }

  @Test
  void whatConcernsNoKeysIsTheRootGroups() {
    map = ShardMap.initial().move(ShardMap.initial().shards().getFirst().range().start(), ONE);
    router.propose(
        Command.newBuilder().setLeaseGrant(LeaseGrantRequest.getDefaultInstance()).build(), 0);
    router.read(ReadMode.LINEARIZABLE, new RootQuery.GetMap(), 0);
    router.propose(put("a"), 0);
    assertThat(asked).containsExactly(GroupId.ROOT, GroupId.ROOT, ONE);
  }

  private static void assertRefused(Future<?> answer) {
    assertThat(answer.cause())
        .isInstanceOfSatisfying(
            RejectedException.class,
            e -> assertThat(e.rejection()).isInstanceOf(Rejection.WrongShard.class));
  }

  private static Command put(String key) {
    return Command.newBuilder().setPut(PutRequest.newBuilder().setKey(bytes(key))).build();
  }

  private static ShardQuery.Range range(String key, String end) {
    return new ShardQuery.Range(
        RangeRequest.newBuilder().setKey(bytes(key)).setRangeEnd(bytes(end)).build());
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private GroupDoor door(GroupId group) {
    return new GroupDoor() {
      @Override
      public Future<CommandResult> propose(Command command, long deadlineNanos) {
        asked.add(group);
        return Future.failedFuture("not of interest");
      }

      @Override
      public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
        asked.add(group);
        return Future.failedFuture("not of interest");
      }
    };
  }
}
