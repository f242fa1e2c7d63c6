package io.flotilla.router.route;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.service.Cluster;
import io.flotilla.placement.service.RootFacts;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.AlarmMember;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.HashKVResponse;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.LeaseTimeToLiveResponse;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.shard.Reply;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.error.ApiException;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcStatus;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.List;
import java.util.function.BiFunction;
import org.junit.jupiter.api.Test;

/// Keys below `m` belong to the root group, those below `t` to group 1, the others to group 2.
class ShardRouterTest implements Groups {
  private static final GroupId ONE = new GroupId(1);
  private static final GroupId TWO = new GroupId(2);
  private static final GroupId ACROSS = new GroupId(99);
  private static final long DEADLINE = 1_000_000_000;
  private static final long MEMORY = 100_000;

  private final FakeRoot time = new FakeRoot();
  private final AnswerMemory memory = new AnswerMemory(MEMORY);
  private final List<GroupId> asked = new ArrayList<>();
  private final List<Long> moments = new ArrayList<>();
  private final List<OwnKeys> wholes = new ArrayList<>();
  /// What groups fail with, in order, before they answer.
  private final Deque<Throwable> failures = new ArrayDeque<>();
  private RootFacts facts = facts(ShardMap.initial().split(Key.utf8("m"), ONE), List.of());
  private BiFunction<GroupId, Query<?>, Object> answers = (_, query) -> emptyAnswer(query);
  private long revision = 7;
  private final ShardRouter router = router();

  private ShardRouter router() {
    facts = facts(facts.shardMap().split(Key.utf8("t"), TWO), List.of());
    return new ShardRouter(() -> facts, this, memory, new Retries(time, time));
  }

  private static RootFacts facts(ShardMap map, List<AlarmMember> alarms) {
    return new RootFacts(1, 0, 0, alarms, new Cluster(1, List.of()), map);
  }

  // ---- which group

  @Test
  void aPutGoesToTheGroupOfItsKey() {
    propose(put("a"));
    propose(put("m"));
    propose(put("z"));
    assertThat(asked).containsExactly(GroupId.ROOT, ONE, TWO);
  }

  @Test
  void aRangeGoesToTheGroupThatHoldsAllOfIt() {
    read(ReadMode.LINEARIZABLE, range("n", "t"));
    read(ReadMode.SERIALIZABLE, range("a", "m"));
    read(ReadMode.SERIALIZABLE, range("z", "n"));
    assertThat(asked).containsExactly(ONE, GroupId.ROOT, GroupId.ROOT);
    assertThat(moments).isEmpty();
  }

  @Test
  void writesOverGroupsGoToTheirCoordinator() {
    propose(delete("a", "z"));
    propose(delete("a", "m"));
    propose(delete("n", "z"));
    assertThat(asked).containsExactly(ACROSS, GroupId.ROOT, ACROSS);
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
    propose(Command.newBuilder().setTxn(txn).build());
    nested.addSuccess(
        RequestOp.newBuilder().setRequestPut(PutRequest.newBuilder().setKey(bytes("x"))));
    txn.setSuccess(0, RequestOp.newBuilder().setRequestTxn(nested));
    propose(Command.newBuilder().setTxn(txn).build());
    assertThat(asked).containsExactly(GroupId.ROOT, ACROSS);
  }

  @Test
  void whatConcernsNoKeysIsTheRootGroups() {
    facts = facts(ShardMap.initial().move(Key.utf8(""), ONE), List.of());
    propose(Command.newBuilder().setLeaseGrant(LeaseGrantRequest.getDefaultInstance()).build());
    read(ReadMode.LINEARIZABLE, new RootQuery.GetMap());
    propose(put("a"));
    assertThat(asked).containsExactly(GroupId.ROOT, GroupId.ROOT, ONE);
  }

  @Test
  void aRootGroupWithAllKeysIsAskedDirectly() {
    facts = facts(ShardMap.initial(), List.of());
    propose(put("z"));
    read(ReadMode.LINEARIZABLE, range("a", "z"));
    read(ReadMode.SERIALIZABLE, new ShardQuery.HashKv(0));
    failures.add(new Rejection.NoLeader().asException());
    assertThat(propose(put("z")).failed()).as("no retries").isTrue();
    assertThat(asked).containsOnly(GroupId.ROOT);
    assertThat(moments).isEmpty();
  }

  // ---- alarms

  @Test
  void alarmsKeepWritesOutOfShardGroups() {
    facts = facts(facts.shardMap(), List.of(alarm(AlarmType.NOSPACE)));
    assertThat(refusal(put("z"))).isInstanceOf(Rejection.NoSpace.class);
    assertThat(propose(delete("n", "z")).succeeded()).as("deletes make room").isTrue();
    facts = facts(facts.shardMap(), List.of(alarm(AlarmType.NOSPACE), alarm(AlarmType.CORRUPT)));
    assertThat(refusal(put("z"))).isInstanceOf(Rejection.Corrupt.class);
    assertThat(refusal(delete("n", "z"))).isInstanceOf(Rejection.Corrupt.class);
    assertThat(propose(put("a")).succeeded()).as("the root group asks about its own").isTrue();
  }

  private Rejection refusal(Command command) {
    return ((CommandResult.Rejected) propose(command).result()).why();
  }

  private static AlarmMember alarm(AlarmType type) {
    return AlarmMember.newBuilder().setMemberID(5).setAlarm(type).build();
  }

  // ---- asking again

  @Test
  void aRequestOfTheWrongGroupIsSentAgainByTheNewMap() {
    var moved = facts(facts.shardMap().move(Key.utf8("m"), TWO), List.of());
    failures.add(new Rejection.WrongShard(moved.shardMap().epoch()).asException());
    Future<CommandResult> answer = propose(put("n"));
    facts = moved;
    time.run();
    assertThat(answer.succeeded()).isTrue();
    assertThat(asked).containsExactly(ONE, TWO);
  }

  /// Keys of a root group that has all of them are about to go, and then are gone.
  @Test
  void whatTheRootGroupHoldsGoesWhereTheKeysAre() {
    facts = facts(ShardMap.initial(), List.of());
    failures.add(new Rejection.Held().asException());
    failures.add(new Rejection.WrongShard(facts.shardMap().epoch()).asException());
    Future<CommandResult> put = propose(put("z"));
    time.runOne();
    facts = facts(ShardMap.initial().split(Key.utf8("m"), ONE), List.of());
    time.run();
    assertThat(put.succeeded()).isTrue();
    assertThat(asked).containsExactly(GroupId.ROOT, GroupId.ROOT, ONE);
  }

  @Test
  void aRevocationThatIsHeldIsAskedAgain() {
    var revoke = LeaseRevokeRequest.newBuilder().setID(1);
    failures.add(new Rejection.Held().asException());
    Future<CommandResult> answer = propose(Command.newBuilder().setLeaseRevoke(revoke).build());
    time.run();
    assertThat(answer.succeeded()).isTrue();
    assertThat(asked).containsExactly(GroupId.ROOT, GroupId.ROOT);
  }

  @Test
  void aReadFollowsKeysThatLeaveTheRootGroup() {
    facts = facts(ShardMap.initial(), List.of());
    failures.add(new Rejection.WrongShard(facts.shardMap().epoch()).asException());
    Future<?> answer = read(ReadMode.LINEARIZABLE, range("n", "o"));
    facts = facts(ShardMap.initial().split(Key.utf8("m"), ONE), List.of());
    time.run();
    assertThat(answer.succeeded()).isTrue();
    assertThat(asked).containsExactly(GroupId.ROOT, ONE);
  }

  /// Each group is asked about the keys that one map gives it; the root group has to stand at that
  /// map still when all have answered.
  @Test
  void wholeGroupsAreReadByOneMap() {
    ShardMap before = facts.shardMap();
    answers =
        (group, _) -> {
          if (group.equals(TWO) && facts.shardMap().equals(before)) {
            facts = facts(before.move(Key.utf8("m"), TWO), List.of());
          }
          return new Reply<>(HashKVResponse.newBuilder().setHash(group.value()), 1);
        };
    Future<?> answer = read(ReadMode.SERIALIZABLE, new ShardQuery.HashKv(0));
    assertThat(answer.isComplete()).isFalse();
    assertThat(wholes)
        .containsExactly(
            new OwnKeys(before.ranges(GroupId.ROOT)),
            new OwnKeys(before.ranges(ONE)),
            new OwnKeys(before.ranges(TWO)));
    time.run();
    assertThat(answer.succeeded()).isTrue();
    assertThat(asked).containsExactly(GroupId.ROOT, ONE, TWO, GroupId.ROOT, TWO);
  }

  /// Also while it has every key: they may go meanwhile.
  @Test
  void theRootGroupIsHashedAloneOnlyByOneMap() {
    facts = facts(ShardMap.initial(), List.of());
    answers =
        (_, _) -> {
          facts = facts(ShardMap.initial().split(Key.utf8("m"), ONE), List.of());
          return new Reply<>(HashKVResponse.newBuilder(), 1);
        };
    Future<?> answer = read(ReadMode.SERIALIZABLE, new ShardQuery.HashKv(0));
    time.run();
    assertThat(answer.succeeded()).isTrue();
    assertThat(asked).containsExactly(GroupId.ROOT, GroupId.ROOT, ONE);
  }

  @Test
  void aGroupThatIsNotHereYetIsWaitedFor() {
    failures.add(new Rejection.NoLeader().asException());
    Future<?> answer = read(ReadMode.LINEARIZABLE, range("n", "o"));
    assertThat(answer.isComplete()).isFalse();
    time.run();
    assertThat(answer.succeeded()).isTrue();
  }

  @Test
  void whatIsInTheWrongPlaceTimesOutInTheEnd() {
    for (int i = 0; i < 1_000; i++) {
      failures.add(new Rejection.WrongShard(facts.shardMap().epoch()).asException());
    }
    Future<?> answer = propose(put("n"));
    time.run();
    assertThat(rejection(answer)).isInstanceOf(Rejection.TimedOut.class);
    assertThat(time.nanoTime()).isBetween(DEADLINE * 9 / 10, DEADLINE);
  }

  /// Clients tell the two apart (contract §2.1.3).
  @Test
  void whatNobodyLeadsIsRefusedForThatInTheEnd() {
    for (int i = 0; i < 1_000; i++) {
      failures.add(new Rejection.NoLeader().asException());
    }
    Future<?> answer = read(ReadMode.LINEARIZABLE, new RootQuery.TimeToLive(1, true));
    time.run();
    assertThat(rejection(answer)).isInstanceOf(Rejection.NoLeader.class);
  }

  @Test
  void otherRefusalsAreAnswers() {
    failures.add(new Rejection.OutcomeUnknown().asException());
    assertThat(rejection(propose(put("n")))).isInstanceOf(Rejection.OutcomeUnknown.class);
    assertThat(asked).hasSize(1);
  }

  /// A compaction that comes between two groups is nothing that whoever asked for the newest can
  /// be told of.
  @Test
  void aCompactionBetweenGroupsTakesANewMoment() {
    failures.add(new Rejection.Compacted(8).asException());
    Future<Reply<RangeResponse.Builder>> answer = read(ReadMode.LINEARIZABLE, range("a", "z"));
    revision = 9;
    time.run();
    assertThat(answer.result().revision()).isEqualTo(9);
    assertThat(moments).containsExactly(7L, 9L);

    failures.add(new Rejection.Compacted(8).asException());
    var old = range("a", "z").request().toBuilder().setRevision(3).build();
    assertThat(rejection(read(ReadMode.LINEARIZABLE, new ShardQuery.Range(old))))
        .isInstanceOf(Rejection.Compacted.class);
  }

  // ---- ranges over groups

  @Test
  void aRangeOverGroupsIsReadAtOneMoment() {
    answers = (group, query) -> pairs((ShardQuery.Range) query, group.value());
    var answer = read(ReadMode.LINEARIZABLE, range("a", "\0")).result();
    assertThat(moments).containsExactly(7L);
    assertThat(asked).containsExactly(GroupId.ROOT, ONE, TWO);
    assertThat(answer.revision()).isEqualTo(7);
    assertThat(answer.response().getCount()).isEqualTo(3);
  }

  @Test
  void groupsBehindTheLimitAreAskedForTheirCountOnly() {
    List<RangeRequest> requests = new ArrayList<>();
    answers =
        (group, query) -> {
          requests.add(((ShardQuery.Range) query).request());
          return pairs((ShardQuery.Range) query, group.value());
        };
    var limited = range("a", "\0").request().toBuilder().setLimit(1).build();
    var answer = read(ReadMode.LINEARIZABLE, new ShardQuery.Range(limited)).result();
    assertThat(answer.response().getKvsCount()).isEqualTo(1);
    assertThat(answer.response().getMore()).isTrue();
    assertThat(answer.response().getCount()).isEqualTo(3);
    assertThat(requests.get(1).getLimit()).isEqualTo(1);
    assertThat(requests.get(1).getKeysOnly()).isTrue();
    assertThat(requests.get(2).getCountOnly()).isTrue();

    asked.clear();
    read(ReadMode.LINEARIZABLE, new ShardQuery.Range(limited, false));
    assertThat(asked).as("without a count the third is not asked").hasSize(2);
  }

  /// The client is told what grpc-go tells for a message that is too large to send.
  @Test
  void anAnswerThatIsTooLargeIsRefusedAndItsMemoryGivenBack() {
    answers = (group, query) -> pairs((ShardQuery.Range) query, (int) MEMORY / 2);
    Future<?> answer = read(ReadMode.LINEARIZABLE, range("a", "\0"));
    assertThat(answer.cause())
        .isInstanceOfSatisfying(
            ApiException.class,
            e -> {
              assertThat(e.status().code()).isEqualTo(GrpcStatus.RESOURCE_EXHAUSTED);
              assertThat(e.status().message())
                  .startsWith("grpc: trying to send message larger than max");
            });
    assertThat(memory.usedBytes()).isZero();
    assertThat(asked).as("it stops where it is too much").hasSize(2);
  }

  @Test
  void answersTogetherAreBoundedToo() {
    try (var other = memory.open()) {
      other.add(MEMORY - 100);
      answers = (group, query) -> pairs((ShardQuery.Range) query, 1_000);
      assertThat(rejection(read(ReadMode.LINEARIZABLE, range("a", "\0"))))
          .isInstanceOf(Rejection.TooManyRequests.class);
      assertThat(memory.usedBytes()).isEqualTo(MEMORY - 100);
    }
    assertThat(read(ReadMode.LINEARIZABLE, range("a", "\0")).succeeded()).isTrue();
  }

  private static Reply<RangeResponse.Builder> pairs(ShardQuery.Range query, int valueBytes) {
    var response = RangeResponse.newBuilder().setCount(query.counted() ? 1 : 0);
    if (!query.request().getCountOnly()) {
      response.addKvs(
          KeyValue.newBuilder()
              .setKey(query.request().getKey())
              .setValue(ByteString.copyFrom(new byte[valueBytes])));
    }
    return new Reply<>(response, 1);
  }

  // ---- what all groups have to say

  @Test
  void aPhysicalCompactionWaitsForAllGroups() {
    answers = (group, _) -> 5L + group.value();
    assertThat(read(ReadMode.LINEARIZABLE, new ShardQuery.CompactionFinished()).result())
        .isEqualTo(5L);
    assertThat(asked).containsExactly(GroupId.ROOT, ONE, TWO);
  }

  @Test
  void aHashIsTakenWhenAllGroupsAreEquallyCompacted() {
    long[] compacted = {4, 4, 3};
    answers =
        (group, _) ->
            new Reply<>(
                HashKVResponse.newBuilder()
                    .setHash(11 + group.value())
                    .setCompactRevision(compacted[group.value()]),
                1);
    var answer = read(ReadMode.SERIALIZABLE, new ShardQuery.HashKv(0));
    assertThat(answer.isComplete()).isFalse();
    compacted[2] = 4;
    time.run();
    assertThat(answer.result().response().getCompactRevision()).isEqualTo(4);
    assertThat(answer.result().response().getHashRevision()).isEqualTo(7);
    assertThat(rejection(read(ReadMode.SERIALIZABLE, new ShardQuery.HashKv(8))))
        .isInstanceOf(Rejection.FutureRevision.class);
  }

  @Test
  void theKeysOfALeaseAreThoseOfItsGroups() {
    answers =
        (group, query) ->
            switch (query) {
              case RootQuery.TimeToLive _ ->
                  new Reply<>(
                      LeaseTimeToLiveResponse.newBuilder().setTTL(3).addKeys(bytes("a")), 6);
              case RootQuery.LeaseGroups _ -> List.of(TWO);
              default -> List.of(Key.utf8("y"), Key.utf8("z"));
            };
    var answer = read(ReadMode.LINEARIZABLE, new RootQuery.TimeToLive(1, true)).result();
    assertThat(answer.response().getKeysList()).containsExactly(bytes("a"), bytes("y"), bytes("z"));
    assertThat(asked).containsExactly(GroupId.ROOT, GroupId.ROOT, TWO);

    asked.clear();
    read(ReadMode.LINEARIZABLE, new RootQuery.TimeToLive(1, false));
    assertThat(asked).containsExactly(GroupId.ROOT);
  }

  // ---- the groups

  private Future<CommandResult> propose(Command command) {
    return router.propose(command, DEADLINE);
  }

  private <T> Future<T> read(ReadMode mode, Query<T> query) {
    return router.read(mode, query, DEADLINE);
  }

  private static Rejection rejection(Future<?> answer) {
    return ((RejectedException) answer.cause()).rejection();
  }

  private static Command put(String key) {
    return Command.newBuilder().setPut(PutRequest.newBuilder().setKey(bytes(key))).build();
  }

  private static Command delete(String key, String end) {
    return Command.newBuilder()
        .setDeleteRange(DeleteRangeRequest.newBuilder().setKey(bytes(key)).setRangeEnd(bytes(end)))
        .build();
  }

  private static ShardQuery.Range range(String key, String end) {
    return new ShardQuery.Range(
        RangeRequest.newBuilder().setKey(bytes(key)).setRangeEnd(bytes(end)).build());
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private static Object emptyAnswer(Query<?> query) {
    return query instanceof ShardQuery.Range ? new Reply<>(RangeResponse.newBuilder(), 1) : 0L;
  }

  @SuppressWarnings("unchecked")
  private <T> Future<T> answer(GroupId group, Query<T> query) {
    asked.add(group);
    Throwable failure = failures.poll();
    return failure == null
        ? Future.succeededFuture((T) answers.apply(group, query))
        : Future.failedFuture(failure);
  }

  private Future<CommandResult> execute(GroupId group) {
    asked.add(group);
    Throwable failure = failures.poll();
    return failure == null
        ? Future.succeededFuture(new CommandResult.Done(PutResponse.newBuilder(), 2))
        : Future.failedFuture(failure);
  }

  private GroupDoor doorTo(GroupId group) {
    return new GroupDoor() {
      @Override
      public Future<CommandResult> propose(Command command, long deadlineNanos) {
        return execute(group);
      }

      @Override
      public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
        return answer(group, query);
      }
    };
  }

  @Override
  public GroupDoor root() {
    return doorTo(GroupId.ROOT);
  }

  @Override
  public GroupDoor shard(GroupId group) {
    return doorTo(group);
  }

  @Override
  public Future<CommandResult> across(Command command, long deadlineNanos) {
    return execute(ACROSS);
  }

  @Override
  public Future<Moment> newest(long deadlineNanos) {
    moments.add(revision);
    long taken = revision;
    return Future.succeededFuture(
        new Moment() {
          @Override
          public long revision() {
            return taken;
          }

          @Override
          public <T> Future<T> read(GroupId group, Query<T> query, long deadline) {
            return answer(group, query);
          }

          @Override
          public <T> Future<T> readWhole(
              GroupId group, OwnKeys keys, Query<T> query, long deadline) {
            wholes.add(keys);
            return answer(group, query);
          }
        });
  }

  @Override
  public Future<Moment> local(Collection<GroupId> groups) {
    return newest(0);
  }
}
