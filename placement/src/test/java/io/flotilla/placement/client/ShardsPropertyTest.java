package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.client.ShardsHistory.Fate;
import io.flotilla.placement.client.ShardsHistory.Read;
import io.flotilla.placement.client.ShardsHistory.Write;
import io.flotilla.placement.handover.HandoverLimits;
import io.flotilla.placement.testing.Seeds;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.peer.ReplicaQuery;
import io.flotilla.proto.peer.Reply;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.ordered.TxnWorks;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.raft.transport.PeerCalls;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Requests at all nodes of a cluster with shard groups, while connections break, nodes are killed
/// and leaders move. Afterwards the whole history is put together, and every answer is compared
/// with what one store would have said at that revision.
class ShardsPropertyTest {
  /// How many runs; more with `-Dseeds=`.
  private static final int SEEDS = Integer.getInteger("seeds", 4);

  private static final String[] BORDERS = {"h", "p", "v"};
  private static final List<String> KEYS =
      List.of("a", "b", "h1", "h2", "i", "p1", "q", "v1", "w", "x");
  private static final ByteString END = ByteString.copyFrom(new byte[1]);
  private static final long FAULTY_MILLIS = 6_000;
  private static final long CALM_MILLIS = 14_000;

  private static final class Run {
    final Random random;
    final ShardCluster cluster;
    final List<Write> writes = new ArrayList<>();
    final List<Read> reads = new ArrayList<>();
    final List<String> broken = new ArrayList<>();
    final List<Long> leases = new ArrayList<>();
    long newest = 1;
    int open;

    Run(Random random, UnaryOperator<PeerCalls> calls) {
      this.random = random;
      this.cluster = new ShardCluster(random, calls, 3, BORDERS);
    }

    /// Each group on fewer nodes than there are.
    Run(Random random, ShardCluster.Size size, UnaryOperator<ByteString> questions) {
      this.random = random;
      var wiring = new ShardCluster.Wiring(calls -> calls, questions, HandoverLimits.STANDARD);
      this.cluster = new ShardCluster(random, wiring, size, BORDERS);
    }

    // ----------------------------------------------------------------- clients

    void request(ShardCluster.Node node) {
      long deadline = cluster.in(100 + random.nextInt(3_000));
      switch (random.nextInt(16)) {
        case 0, 1, 2, 3 -> write(node, put(key(), token()), deadline);
        case 4 -> write(node, delete(), deadline);
        case 5, 6, 7 -> write(node, txn(), deadline);
        case 8 -> write(node, aheadOfItsTime(), deadline);
        case 9 -> grant(node, deadline);
        case 10 -> revoke(node, deadline);
        case 11 -> write(node, readOnlyTxn(), deadline);
        default -> read(node, deadline);
      }
    }

    private String key() {
      return KEYS.get(random.nextInt(KEYS.size()));
    }

    private String token() {
      return "v" + writes.size();
    }

    private PutRequest.Builder putOf(String key, String value) {
      var put =
          PutRequest.newBuilder()
              .setKey(ByteString.copyFromUtf8(key))
              .setValue(ByteString.copyFromUtf8(value))
              .setPrevKv(random.nextBoolean());
      if (random.nextInt(4) == 0 && !leases.isEmpty()) {
        put.setLease(leases.get(random.nextInt(leases.size())));
      }
      return put;
    }

    private Command put(String key, String value) {
      return Command.newBuilder().setPut(putOf(key, value)).build();
    }

    private DeleteRangeRequest.Builder deleteOf() {
      var delete =
          DeleteRangeRequest.newBuilder()
              .setKey(ByteString.copyFromUtf8(key()))
              .setPrevKv(random.nextBoolean());
      if (random.nextBoolean()) {
        delete.setRangeEnd(random.nextInt(4) == 0 ? END : ByteString.copyFromUtf8(key()));
      }
      return delete;
    }

    private Command delete() {
      return Command.newBuilder().setDeleteRange(deleteOf()).build();
    }

    private RangeRequest.Builder rangeOf() {
      var range = RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key()));
      if (random.nextInt(3) > 0) {
        range.setRangeEnd(random.nextBoolean() ? END : ByteString.copyFromUtf8(key()));
        range.setLimit(random.nextInt(3));
      }
      return range;
    }

    private Compare.Builder compare() {
      var compare = Compare.newBuilder().setKey(ByteString.copyFromUtf8(key()));
      compare.setResultValue(random.nextInt(4));
      switch (random.nextInt(3)) {
        case 0 -> compare.setTarget(Compare.CompareTarget.VERSION).setVersion(random.nextInt(3));
        case 1 -> compare.setTarget(Compare.CompareTarget.CREATE).setCreateRevision(0);
        default ->
            compare
                .setTarget(Compare.CompareTarget.MOD)
                .setModRevision(Math.max(0, newest - random.nextInt(20)));
      }
      return compare;
    }

    private Command txn() {
      String token = token();
      var txn = TxnRequest.newBuilder();
      for (int i = random.nextInt(3); i > 0; i--) {
        txn.addCompare(compare());
      }
      List<String> keys = new ArrayList<>(KEYS);
      Collections.shuffle(keys, random);
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        txn.addSuccess(op(keys.removeLast(), token));
      }
      if (random.nextBoolean()) {
        txn.addSuccess(RequestOp.newBuilder().setRequestRange(rangeOf()));
      }
      for (int i = random.nextInt(3); i > 0; i--) {
        txn.addFailure(op(keys.removeLast(), token));
      }
      return Command.newBuilder().setTxn(txn).build();
    }

    private RequestOp op(String key, String token) {
      var op = RequestOp.newBuilder();
      return switch (random.nextInt(4)) {
        case 0 ->
            op.setRequestDeleteRange(
                    DeleteRangeRequest.newBuilder()
                        .setKey(ByteString.copyFromUtf8(key))
                        .setPrevKv(true))
                .build();
        case 1 ->
            op.setRequestTxn(
                    TxnRequest.newBuilder()
                        .addCompare(compare())
                        .addSuccess(RequestOp.newBuilder().setRequestPut(putOf(key, token))))
                .build();
        default -> op.setRequestPut(putOf(key, token)).build();
      };
    }

    /// Compares with a revision that has not happened yet: no group can decide it by itself.
    private Command aheadOfItsTime() {
      String key = key();
      var compare =
          Compare.newBuilder()
              .setKey(ByteString.copyFromUtf8(key))
              .setTarget(Compare.CompareTarget.MOD)
              .setModRevision(newest + 2)
              .setResult(Compare.CompareResult.LESS);
      var put = RequestOp.newBuilder().setRequestPut(putOf(key, token()));
      return Command.newBuilder()
          .setTxn(TxnRequest.newBuilder().addCompare(compare).addSuccess(put))
          .build();
    }

    private Command readOnlyTxn() {
      var txn = TxnRequest.newBuilder();
      txn.addSuccess(RequestOp.newBuilder().setRequestRange(rangeOf()));
      txn.addSuccess(RequestOp.newBuilder().setRequestRange(rangeOf()));
      return Command.newBuilder().setTxn(txn).build();
    }

    private Set<GroupId> groups(List<KeyRange> spans) {
      var groups = new TreeSet<GroupId>();
      spans.forEach(
          span -> cluster.founding.map().locate(span).forEach(shard -> groups.add(shard.group())));
      return groups;
    }

    private static GroupDoor door(ShardCluster.Node node, GroupId group) {
      return group.equals(GroupId.ROOT) ? node.doors().root() : node.doors().shard(group);
    }

    private Future<CommandResult> send(ShardCluster.Node node, Command command, long deadline) {
      if (command.hasLeaseRevoke()) {
        return node.doors().root().propose(command, deadline);
      }
      Set<GroupId> groups = groups(TxnWorks.spans(command));
      return groups.size() == 1
          ? door(node, groups.iterator().next()).propose(command, deadline)
          : node.doors().cross().run(command, deadline);
    }

    private void write(ShardCluster.Node node, Command command, long deadline) {
      var write = new Write(command, newest, token());
      writes.add(write);
      open++;
      send(node, command, deadline)
          .onComplete((result, failure) -> onWrite(node, write, result, failure));
    }

    private void onWrite(
        ShardCluster.Node node, Write write, CommandResult result, Throwable failure) {
      expect(write.fate == Fate.OPEN, "answered once");
      open--;
      if (failure != null) {
        write.fate = fateOf(why(failure));
      } else if (result instanceof CommandResult.Done(var response, long revision)) {
        write.fate = Fate.DONE;
        write.response = response.build();
        write.revision = revision;
        newest = Math.max(newest, revision);
        if (node.up && !write.command.hasLeaseRevoke()) {
          for (GroupId group : groups(TxnWorks.spans(write.command))) {
            long shown = node.doors().completeTo(group);
            expect(
                shown >= revision,
                "who wrote here reads it here: group %s at %s, %s of %s"
                    .formatted(group, node.id, shown, revision));
          }
        }
      } else {
        write.fate = fateOf(((CommandResult.Rejected) result).why());
      }
    }

    private static Rejection why(Throwable failure) {
      if (failure instanceof RejectedException rejected) {
        return rejected.rejection();
      }
      throw new AssertionError(failure);
    }

    private Fate fateOf(Rejection why) {
      return switch (why) {
        case Rejection.OutcomeUnknown _ -> Fate.UNKNOWN;
        case Rejection.TimedOut _,
            Rejection.Stopped _,
            Rejection.TooManyRequests _,
            Rejection.LeaseNotFound _ ->
            Fate.NEVER;
        default -> {
          expect(false, "clients never see " + why);
          yield Fate.UNKNOWN;
        }
      };
    }

    private void grant(ShardCluster.Node node, long deadline) {
      long id = 1000 + leases.size();
      leases.add(id);
      var request = LeaseGrantRequest.newBuilder().setID(id).setTTL(100_000).build();
      open++;
      node.doors()
          .root()
          .propose(Command.newBuilder().setLeaseGrant(request).build(), deadline)
          .onComplete((_, _) -> open--);
    }

    private void revoke(ShardCluster.Node node, long deadline) {
      if (!leases.isEmpty()) {
        long id = leases.get(random.nextInt(leases.size()));
        var request = LeaseRevokeRequest.newBuilder().setID(id);
        write(node, Command.newBuilder().setLeaseRevoke(request).build(), deadline);
      }
    }

    private void read(ShardCluster.Node node, long deadline) {
      RangeRequest request = rangeOf().clearLimit().build();
      KeyRange keys =
          KeyRange.ofEtcd(request.getKey().toByteArray(), request.getRangeEnd().toByteArray());
      Set<GroupId> groups = keys.isEmpty() ? Set.of() : groups(List.of(keys));
      if (groups.isEmpty()) {
        return;
      }
      long newestBefore = newest;
      open++;
      Future<Read> read =
          groups.size() == 1
              ? readOne(node, groups.iterator().next(), request, deadline, newestBefore)
              : readMany(node, groups, request, deadline, newestBefore);
      read.onComplete(
          (done, failure) -> {
            open--;
            if (failure == null) {
              reads.add(done);
              newest = Math.max(newest, done.revision());
            } else {
              expect(fateOf(why(failure)) == Fate.NEVER, "a read has no effect");
            }
          });
    }

    private static Future<Read> readOne(
        ShardCluster.Node node, GroupId group, RangeRequest request, long deadline, long before) {
      return door(node, group)
          .read(ReadMode.LINEARIZABLE, new ShardQuery.Range(request), deadline)
          .map(reply -> new Read(request, before, reply.response().build(), reply.revision()));
    }

    /// Each group at the revision of one barrier.
    private Future<Read> readMany(
        ShardCluster.Node node,
        Set<GroupId> groups,
        RangeRequest request,
        long deadline,
        long before) {
      return node.doors()
          .barriers()
          .take(deadline)
          .compose(
              point -> {
                var pinned = request.toBuilder().setRevision(point.revision()).build();
                List<Future<io.flotilla.raft.shard.Reply<RangeResponse.Builder>>> parts =
                    new ArrayList<>();
                for (GroupId group : groups) {
                  for (RangeRequest part : cluster.parts(pinned, group)) {
                    var query = new ShardQuery.Range(part);
                    parts.add(
                        group.equals(GroupId.ROOT)
                            ? node.doors().root().read(ReadMode.SERIALIZABLE, query, deadline)
                            : node.doors().shard(group).readAt(point, query, deadline));
                  }
                }
                return Future.join(parts)
                    .map(
                        _ -> {
                          var all = RangeResponse.newBuilder();
                          for (var part : parts) {
                            all.addAllKvs(part.result().response().getKvsList());
                          }
                          all.setCount(all.getKvsCount());
                          return new Read(request, before, all.build(), point.revision());
                        });
              });
    }

    private void expect(boolean holds, String rule) {
      if (!holds) {
        broken.add(rule);
      }
    }

    // ----------------------------------------------------------------- faults

    void fault() {
      ShardCluster.Node a = any();
      ShardCluster.Node b = any();
      switch (random.nextInt(10)) {
        case 0 -> cut(a, b);
        case 1 -> cluster.running().forEach(other -> cut(a, other));
        case 2 -> silence(a, b);
        case 3 -> cluster.running().forEach(other -> silence(a, other));
        case 4, 5, 6 -> transfer(a);
        case 7 -> crash(a);
        default -> healAll();
      }
    }

    private ShardCluster.Node any() {
      return cluster.nodes.get(random.nextInt(cluster.nodes.size()));
    }

    private void transfer(ShardCluster.Node to) {
      List<GroupId> groups = cluster.groups();
      GroupId group = groups.get(random.nextInt(groups.size()));
      cluster.running().stream()
          .filter(node -> node.groups.containsKey(group))
          .forEach(node -> node.groups.get(group).transferTo(to.id));
    }

    private void cut(ShardCluster.Node a, ShardCluster.Node b) {
      if (a != b) {
        cluster.network.cut(a.id, b.id);
      }
    }

    private void silence(ShardCluster.Node from, ShardCluster.Node to) {
      if (from != to) {
        cluster.network.silence(from.id, to.id);
      }
    }

    private void crash(ShardCluster.Node node) {
      if (node.up && cluster.running().size() > 1) {
        node.crash();
      }
    }

    private void healAll() {
      cluster.nodes.stream().filter(node -> !node.up).forEach(ShardCluster.Node::restart);
      cluster.network.heal();
    }

    // ----------------------------------------------------------------- the run

    void go() {
      cluster.advance(1_000);
      long end = cluster.in(FAULTY_MILLIS);
      while (cluster.loop.nanoTime() - end < 0) {
        cluster.advance(random.nextInt(20));
        List<ShardCluster.Node> running = cluster.running();
        request(running.get(random.nextInt(running.size())));
        if (random.nextInt(30) == 0) {
          fault();
        }
        assertThat(broken).isEmpty();
        cluster.checkNobodyHalted();
      }
      healAll();
      cluster.advance(CALM_MILLIS);
      cluster.checkNobodyHalted();
      finalWrites();
      check();
    }

    /// Liveness: with all faults gone every node writes every key, and no lock is left.
    private void finalWrites() {
      for (ShardCluster.Node node : cluster.nodes) {
        node.machines.forEach(
            (group, machine) ->
                assertThat(machine.prepared()).as("locks of %s at %s", group, node.id).isEmpty());
      }
      int first = writes.size();
      for (ShardCluster.Node node : cluster.nodes) {
        for (String key : KEYS) {
          var put =
              PutRequest.newBuilder()
                  .setKey(ByteString.copyFromUtf8(key))
                  .setValue(ByteString.copyFromUtf8(token()));
          write(node, Command.newBuilder().setPut(put).build(), cluster.in(2_000));
        }
      }
      cluster.advance(2_000);
      assertThat(writes.subList(first, writes.size()))
          .allSatisfy(write -> assertThat(write.fate).isEqualTo(Fate.DONE));
      cluster.advance(1_000);
      assertThat(open).as("every request was answered").isZero();
      for (ShardCluster.Node node : cluster.nodes) {
        assertThat(node.doors().cross().waiting()).isZero();
        assertThat(node.shards.coordinator().running()).isZero();
        cluster.groups().stream()
            .filter(group -> !group.equals(GroupId.ROOT))
            .forEach(group -> assertThat(node.doors().shard(group).waiting()).isZero());
      }
    }

    private void check() {
      assertThat(broken).isEmpty();
      cluster.checkNobodyHalted();
      new ShardsHistory(cluster).check(writes, reads);
    }

    long count(Fate fate) {
      return writes.stream().filter(write -> write.fate == fate).count();
    }
  }

  @Test
  void answersHoldThroughFaults() {
    var totals = new HashMap<Fate, Long>();
    int[] reads = new int[1];
    Seeds.forEach(
        SEEDS,
        random -> {
          var run = new Run(random, calls -> calls);
          run.go();
          for (Fate fate : Fate.values()) {
            totals.merge(fate, run.count(fate), Long::sum);
          }
          reads[0] += run.reads.size();
        });
    if (System.getProperty("seed") == null) {
      assertThat(totals.get(Fate.DONE)).as("most writes succeed").isGreaterThan(600);
      assertThat(totals.get(Fate.UNKNOWN)).as("faults are felt").isGreaterThan(5);
      assertThat(reads[0]).as("most reads succeed").isGreaterThan(100);
    }
  }

  /// Where clients ask nodes without a replica, as everywhere.
  @Test
  void answersHoldThroughFaultsWhereGroupsAreOnSomeNodes() {
    var totals = new HashMap<Fate, Long>();
    long[] elsewhere = new long[1];
    Seeds.forEach(
        SEEDS,
        random -> {
          var size = new ShardCluster.Size(4, 1 + random.nextInt(3));
          var run = new Run(random, size, question -> question);
          run.go();
          for (Fate fate : Fate.values()) {
            totals.merge(fate, run.count(fate), Long::sum);
          }
          elsewhere[0] += run.cluster.streams.answered;
        });
    if (System.getProperty("seed") == null) {
      assertThat(totals.get(Fate.DONE)).as("most writes succeed").isGreaterThan(600);
      assertThat(elsewhere[0]).as("replicas elsewhere are asked").isGreaterThan(100);
    }
  }

  // ------------------------------------------------------------------- planted bugs

  /// A replica elsewhere that is not told what it has to know answers with what it has.
  @Test
  void readsElsewhereThatWaitForNothingAreFound() {
    assertThatThrownBy(
            () ->
                Seeds.forEach(
                    random ->
                        new Run(
                                random,
                                new ShardCluster.Size(4, 2),
                                ShardsPropertyTest::withoutItsPoint)
                            .go()))
        .isInstanceOf(AssertionError.class)
        .rootCause()
        .isInstanceOf(AssertionError.class);
  }

  private static ByteString withoutItsPoint(ByteString question) {
    try {
      var asked = ReplicaQuery.parseFrom(question).toBuilder();
      return asked.clearItem().clearRevision().build().toByteString();
    } catch (InvalidProtocolBufferException impossible) {
      throw new AssertionError(impossible);
    }
  }

  /// A wrong answer is found within a few seeds, however it came about.
  private static void assertFound(UnaryOperator<PeerCalls> bug) {
    assertThatThrownBy(() -> Seeds.forEach(random -> new Run(random, bug).go()))
        .isInstanceOf(AssertionError.class)
        .rootCause()
        .isInstanceOf(AssertionError.class);
  }

  @Test
  void transactionsRepeatedUnderANewNameAreFound() {
    var names = new AtomicLong(1L << 40);
    assertFound(
        calls ->
            (to, call, deadline) -> {
              if (call.hasCoordinate()) {
                call.getCoordinateBuilder().getIdBuilder().setSequence(names.incrementAndGet());
              }
              return calls.call(to, call, deadline);
            });
  }

  @Test
  void barriersThatAskNobodyAreFound() {
    assertFound(
        calls ->
            (to, call, deadline) ->
                call.hasReadIndex()
                    ? Future.succeededFuture(Reply.newBuilder().setIndex(1).build())
                    : calls.call(to, call, deadline));
  }
}
