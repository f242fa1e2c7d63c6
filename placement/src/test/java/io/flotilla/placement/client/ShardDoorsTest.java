package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.txn.TxnCoordinator;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Prepare;
import io.flotilla.proto.command.RequestId;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.host.Applied;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.ordered.TxnWorks;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.ShardQuery;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// The doors of a cluster with a root group, up to "h", and two shard groups.
class ShardDoorsTest {
  private static final GroupId ONE = new GroupId(1);
  private static final GroupId TWO = new GroupId(2);

  private final ShardCluster cluster = new ShardCluster(new Random(7), 3, "h", "p");

  ShardDoorsTest() {
    cluster.groups().forEach(cluster::leader);
    cluster.advance(200);
  }

  private static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private static RequestOp put(String key, String value) {
    var put = PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value));
    return RequestOp.newBuilder().setRequestPut(put).build();
  }

  private static Command putCommand(String key, String value, long lease) {
    return Command.newBuilder()
        .setPut(PutRequest.newBuilder().setKey(bytes(key)).setValue(bytes(value)).setLease(lease))
        .build();
  }

  private static Command puts(String value, String... keys) {
    var txn = TxnRequest.newBuilder();
    for (String key : keys) {
      txn.addSuccess(put(key, value));
    }
    return Command.newBuilder().setTxn(txn).build();
  }

  private static Command grant(long id, long ttl) {
    return Command.newBuilder()
        .setLeaseGrant(LeaseGrantRequest.newBuilder().setID(id).setTTL(ttl))
        .build();
  }

  private static Command revoke(long id) {
    return Command.newBuilder().setLeaseRevoke(LeaseRevokeRequest.newBuilder().setID(id)).build();
  }

  private <T> T await(Future<T> future) {
    for (int i = 0; i < 1_000 && !future.isComplete(); i++) {
      cluster.advance(10);
    }
    cluster.checkNobodyHalted();
    return TestClient.result(future);
  }

  private CommandResult.Done done(Future<CommandResult> future) {
    CommandResult result = await(future);
    assertThat(result).isInstanceOf(CommandResult.Done.class);
    return (CommandResult.Done) result;
  }

  private long deadline() {
    return cluster.in(5_000);
  }

  private List<String> values(ShardCluster.Node node, ReadMode mode) {
    var everything = ByteString.copyFrom(new byte[1]);
    var request = RangeRequest.newBuilder().setKey(everything).setRangeEnd(everything).build();
    List<String> values = new ArrayList<>();
    for (GroupId group : cluster.groups()) {
      GroupDoor door = group.equals(GroupId.ROOT) ? node.doors().root() : node.doors().shard(group);
      for (RangeRequest part : cluster.parts(request, group)) {
        await(door.read(mode, new ShardQuery.Range(part), deadline()))
            .response()
            .getKvsList()
            .forEach(
                pair ->
                    values.add(
                        pair.getKey().toStringUtf8() + "=" + pair.getValue().toStringUtf8()));
      }
    }
    return values;
  }

  private long revision() {
    return cluster.leader(GroupId.ROOT).machine.revision();
  }

  @Test
  void writesOfAllGroupsTakeTheNextRevisions() {
    long before = revision();
    for (ShardCluster.Node node : cluster.nodes) {
      for (GroupId group : List.of(ONE, TWO)) {
        String key = group.equals(ONE) ? "h" : "p";
        var answer = done(node.doors().shard(group).propose(putCommand(key, "v", 0), deadline()));
        assertThat(answer.revision()).isEqualTo(++before);
        assertThat(values(node, ReadMode.SERIALIZABLE)).contains(key + "=v");
      }
    }
  }

  @Test
  void aTransactionOverGroupsIsOneRevisionWhoeverIsAsked() {
    for (ShardCluster.Node node : cluster.nodes) {
      long before = revision();
      String value = "by" + node.id;
      var answer = done(node.doors().cross().run(puts(value, "p", "a", "h"), deadline()));
      assertThat(answer.revision()).isEqualTo(before + 1);
      var response = (TxnResponse.Builder) answer.response();
      assertThat(response.getSucceeded()).isTrue();
      assertThat(response.getResponsesList())
          .hasSize(3)
          .allSatisfy(
              op ->
                  assertThat(op.getResponsePut().getHeader().getRevision()).isEqualTo(before + 1));
      assertThat(values(node, ReadMode.SERIALIZABLE))
          .containsExactly("a=" + value, "h=" + value, "p=" + value);
    }
  }

  @Test
  void aDeleteOverGroupsIsAnsweredAsADelete() {
    ShardCluster.Node node = cluster.follower(GroupId.ROOT);
    await(node.doors().cross().run(puts("v", "a", "h", "i", "q"), deadline()));
    var delete =
        DeleteRangeRequest.newBuilder().setKey(bytes("h")).setRangeEnd(bytes("z")).setPrevKv(true);
    var command = Command.newBuilder().setDeleteRange(delete).build();
    var answer = done(node.doors().cross().run(command, deadline()));
    var response = (DeleteRangeResponse.Builder) answer.response();
    assertThat(response.getDeleted()).isEqualTo(3);
    assertThat(response.getPrevKvsList())
        .extracting(pair -> pair.getKey().toStringUtf8())
        .containsExactly("h", "i", "q");
    assertThat(response.hasHeader()).isFalse();
    assertThat(values(node, ReadMode.LINEARIZABLE)).containsExactly("a=v");
  }

  /// Contract: the keys of a lease disappear in one revision, in whichever groups they are.
  @Test
  void keysOfALeaseDisappearInOneRevision() {
    ShardCluster.Node node = cluster.follower(GroupId.ROOT);
    done(node.doors().root().propose(grant(7, 1_000), deadline()));
    attachAll(node, 7);
    long before = revision();
    var answer = done(node.doors().root().propose(revoke(7), deadline()));
    assertThat(answer.revision()).isEqualTo(before + 1);
    assertThat(values(node, ReadMode.SERIALIZABLE)).isEmpty();
    assertThat(await(node.doors().root().propose(revoke(7), deadline())))
        .isEqualTo(new CommandResult.Rejected(new Rejection.LeaseNotFound(7)));
  }

  @Test
  void keysOfAnExpiredLeaseDisappearInOneRevision() {
    ShardCluster.Node node = cluster.follower(GroupId.ROOT);
    done(node.doors().root().propose(grant(7, 3), deadline()));
    attachAll(node, 7);
    long before = revision();
    cluster.advance(6_000);
    assertThat(revision()).isEqualTo(before + 1);
    for (ShardCluster.Node each : cluster.nodes) {
      assertThat(values(each, ReadMode.SERIALIZABLE)).isEmpty();
    }
  }

  private void attachAll(ShardCluster.Node node, long lease) {
    done(node.doors().root().propose(putCommand("a", "v", lease), deadline()));
    done(node.doors().shard(ONE).propose(putCommand("h", "v", lease), deadline()));
    done(node.doors().shard(TWO).propose(putCommand("p", "v", lease), deadline()));
  }

  @Test
  void aLeaseThatDoesNotExistIsRefusedOnlyWhereItsPutRuns() {
    ShardDoor door = cluster.follower(ONE).doors().shard(ONE);
    assertThat(await(door.propose(putCommand("h", "v", 9), deadline())))
        .isEqualTo(new CommandResult.Rejected(new Rejection.LeaseNotFound(9)));
    var leased = RequestOp.newBuilder().setRequestPut(putCommand("h", "v", 9).getPut());
    var notTaken = TxnRequest.newBuilder().addSuccess(put("h", "taken")).addFailure(leased);
    assertThat(done(door.propose(Command.newBuilder().setTxn(notTaken).build(), deadline())))
        .isNotNull();
    var taken = TxnRequest.newBuilder().addSuccess(leased);
    assertThat(await(door.propose(Command.newBuilder().setTxn(taken).build(), deadline())))
        .isEqualTo(new CommandResult.Rejected(new Rejection.LeaseNotFound(9)));
  }

  /// Exactly once: the request id outlives the coordinator.
  @Test
  void aRepeatedRequestGetsTheFirstDecisionAlsoFromTheNextCoordinator() {
    Command named =
        puts("once", "a", "h", "p").toBuilder()
            .setId(RequestId.newBuilder().setSession(5).setSequence(1))
            .build();
    Applied first = await(coordinator().run(named, deadline()));
    Applied again = await(coordinator().run(named, deadline()));
    moveRootTo(cluster.follower(GroupId.ROOT));
    Applied elsewhere = await(coordinator().run(named, deadline()));
    for (Applied answer : List.of(again, elsewhere)) {
      var expected = (CommandResult.Done) first.result();
      var told = (CommandResult.Done) answer.result();
      assertThat(told.revision()).isEqualTo(expected.revision());
      assertThat(told.response().build()).isEqualTo(expected.response().build());
    }
    assertNoLocks();
  }

  private TxnCoordinator coordinator() {
    return cluster.leader(GroupId.ROOT).shards.coordinator();
  }

  private void moveRootTo(ShardCluster.Node next) {
    cluster.leader(GroupId.ROOT).groups.get(GroupId.ROOT).transferTo(next.id);
    for (int i = 0; i < 500 && !next.leads(GroupId.ROOT); i++) {
      cluster.advance(10);
    }
    assertThat(next.leads(GroupId.ROOT)).isTrue();
  }

  private void assertNoLocks() {
    cluster.advance(500);
    for (ShardCluster.Node node : cluster.nodes) {
      node.machines.values().forEach(machine -> assertThat(machine.prepared()).isEmpty());
    }
  }

  @Test
  void whoDoesNotLeadDoesNotCoordinate() {
    var elsewhere = cluster.follower(GroupId.ROOT).shards.coordinator();
    assertThat(TestClient.refusal(elsewhere.run(puts("v", "a", "h"), deadline())))
        .isInstanceOf(Rejection.NotLeader.class);
  }

  /// What an earlier coordinator had prepared is unlocked soon, and what waits for it goes on.
  @Test
  void locksOfAnEarlierTermAreGivenUp() {
    long term = cluster.leader(GroupId.ROOT).groups.get(GroupId.ROOT).status().term();
    prepare(TxnId.newBuilder().setTerm(term).setNumber(1_000_000).build());
    var held =
        cluster.follower(ONE).doors().shard(ONE).propose(putCommand("h", "v", 0), deadline());
    cluster.advance(500);
    assertThat(held.isComplete()).isFalse();
    moveRootTo(cluster.follower(GroupId.ROOT));
    cluster.advance(1_500);
    assertThat(held.succeeded()).isTrue();
    assertNoLocks();
  }

  @Test
  void locksThatNobodyDecidesAreGivenUp() {
    long term = cluster.leader(GroupId.ROOT).groups.get(GroupId.ROOT).status().term();
    prepare(TxnId.newBuilder().setTerm(term).setNumber(1_000_000).build());
    cluster.advance(5_000);
    assertThat(cluster.leader(ONE).machines.get(ONE).prepared()).hasSize(1);
    cluster.advance(6_000);
    assertNoLocks();
  }

  private void prepare(TxnId id) {
    TxnWork work = TxnWorks.work(puts("never", "h", "p"));
    var prepare = Prepare.newBuilder().setId(id).setWork(work);
    var command = Command.newBuilder().setPrepare(prepare).build();
    done(cluster.leader(GroupId.ROOT).doors().shard(ONE).prepare(command, deadline()));
  }

  /// A transaction waits for one that it has a key in common with, and for no other.
  @Test
  void transactionsThatOverlapRunOneAfterTheOther() {
    List<Future<CommandResult>> answers = new ArrayList<>();
    for (int i = 0; i < 30; i++) {
      ShardCluster.Node node = cluster.nodes.get(i % 3);
      answers.add(node.doors().cross().run(puts("v" + i, "a", "h", "p"), deadline()));
      answers.add(node.doors().cross().run(puts("w" + i, "b" + i, "h" + i, "p" + i), deadline()));
    }
    long before = revision();
    var revisions = answers.stream().map(answer -> done(answer).revision()).sorted().toList();
    for (int i = 0; i < 60; i++) {
      assertThat(revisions.get(i)).isEqualTo(before + 1 + i);
    }
    assertNoLocks();
  }

  @Test
  void stoppedDoorsAnswerAllThatWaits() {
    ShardCluster.Node node = cluster.follower(GroupId.ROOT);
    var waiting = node.doors().cross().run(puts("v", "a", "h"), deadline());
    var write = node.doors().shard(ONE).propose(putCommand("h", "v", 0), deadline());
    node.shards.stop();
    assertThat(waiting.failed()).isTrue();
    cluster.advance(5_100);
    assertThat(write.isComplete()).isTrue();
    assertThat(TestClient.refusal(node.doors().barriers().take(deadline())))
        .isEqualTo(new Rejection.Stopped());
  }
}
