package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.placement.testing.Seeds;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Reply;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.raft.transport.PeerCalls;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/// Requests at all nodes while connections break, nodes are killed and leaders change: what every
/// answer promises holds.
class AnywherePropertyTest {
  /// How many runs; more with `-Dseeds=`.
  private static final int SEEDS = Integer.getInteger("seeds", 10);

  private static final int KEYS = 5;
  private static final long FAULTY_MILLIS = 8_000;
  private static final long CALM_MILLIS = 4_000;

  private enum Fate {
    OPEN,
    DONE,
    UNKNOWN,
    NEVER
  }

  private static final class Write {
    final String key;
    final String value;
    Fate fate = Fate.OPEN;
    long revision;

    Write(String key, String value) {
      this.key = key;
      this.value = value;
    }
  }

  /// One run: clients, faults and what is known to be true.
  private static final class Run {
    final SimCluster cluster;
    final Random random;
    final List<Write> writes = new ArrayList<>();
    final Map<String, Long> newestByKey = new HashMap<>();
    // the highest revision that any answer named
    long newest = 1;
    final List<String> broken = new ArrayList<>();
    int reads;
    int open;
    final List<Long> leases = new ArrayList<>();

    Run(Random random, UnaryOperator<PeerCalls> calls) {
      this.random = random;
      this.cluster = new SimCluster(random, 3, random.nextBoolean() ? 0 : 12, calls);
    }

    // ----------------------------------------------------------------- clients

    void request(SimCluster.Node node) {
      long deadline = cluster.in(50 + random.nextInt(3_000));
      switch (random.nextInt(10)) {
        case 0, 1, 2, 3, 4 -> put(node, deadline);
        case 5, 6, 7 -> get(node, deadline);
        case 8 -> grant(node, deadline);
        default -> renew(node, deadline);
      }
    }

    private void put(SimCluster.Node node, long deadline) {
      var write = new Write("k" + random.nextInt(KEYS), "v" + writes.size());
      writes.add(write);
      open++;
      node.door
          .propose(command(write), deadline)
          .onComplete((result, failure) -> onPut(node, write, result, failure));
    }

    private void onPut(SimCluster.Node node, Write write, CommandResult result, Throwable failure) {
      expect(write.fate == Fate.OPEN, "answered once");
      open--;
      if (failure != null) {
        write.fate = fateOf(((RejectedException) failure).rejection());
      } else if (result instanceof CommandResult.Done(var _, long revision)) {
        write.fate = Fate.DONE;
        write.revision = revision;
        newest = Math.max(newest, revision);
        newestByKey.merge(write.key, revision, Math::max);
        expect(node.machine.revision() >= revision, "who wrote here reads it here");
      } else {
        write.fate = fateOf(((CommandResult.Rejected) result).why());
      }
    }

    private Fate fateOf(Rejection why) {
      return switch (why) {
        case Rejection.OutcomeUnknown _ -> Fate.UNKNOWN;
        case Rejection.TimedOut _, Rejection.Stopped _, Rejection.TooManyRequests _ -> Fate.NEVER;
        default -> {
          expect(false, "clients never see " + why);
          yield Fate.UNKNOWN;
        }
      };
    }

    private void get(SimCluster.Node node, long deadline) {
      String key = "k" + random.nextInt(KEYS);
      long newestBefore = newest;
      long keyBefore = newestByKey.getOrDefault(key, 0L);
      var query =
          new ShardQuery.Range(
              RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build());
      open++;
      node.door
          .read(ReadMode.LINEARIZABLE, query, deadline)
          .onComplete(
              (reply, failure) -> {
                open--;
                if (failure == null) {
                  reads++;
                  onGet(reply, newestBefore, keyBefore);
                } else {
                  Fate fate = fateOf(((RejectedException) failure).rejection());
                  expect(fate == Fate.NEVER, "a read has no effect");
                }
              });
    }

    private void onGet(Reply<RangeResponse.Builder> reply, long newestBefore, long keyBefore) {
      expect(reply.revision() >= newestBefore, "not stale");
      long seen =
          reply.response().getCount() == 0 ? 0 : reply.response().getKvs(0).getModRevision();
      expect(seen >= keyBefore, "not a stale value");
      newest = Math.max(newest, reply.revision());
    }

    private void grant(SimCluster.Node node, long deadline) {
      long id = 1000 + leases.size();
      leases.add(id);
      var request = LeaseGrantRequest.newBuilder().setID(id).setTTL(1000).build();
      open++;
      node.door
          .propose(Command.newBuilder().setLeaseGrant(request).build(), deadline)
          .onComplete(
              (result, failure) -> {
                open--;
                if (failure == null && result instanceof CommandResult.Rejected(var why)) {
                  fateOf(why); // a grant that ran twice would exist already
                }
              });
    }

    private void renew(SimCluster.Node node, long deadline) {
      long id = 1000 + (leases.isEmpty() ? 0 : random.nextInt(leases.size()));
      open++;
      var query = new RootQuery.TimeToLive(id, false);
      if (random.nextBoolean()) {
        node.keepAlives.renew(id, deadline).onComplete((_, failure) -> onLeaseAnswer(failure));
      } else {
        node.door
            .read(ReadMode.LINEARIZABLE, query, deadline)
            .onComplete((_, failure) -> onLeaseAnswer(failure));
      }
    }

    private void onLeaseAnswer(Throwable failure) {
      open--;
      if (failure != null) {
        Rejection why = ((RejectedException) failure).rejection();
        boolean foreseen =
            why instanceof Rejection.NoLeader
                || why instanceof Rejection.TimedOut
                || why instanceof Rejection.Stopped
                || why instanceof Rejection.TooManyRequests;
        expect(foreseen, "lease calls never see " + why);
      }
    }

    /// Said by callbacks, whose exceptions would be those of the code that calls them.
    private void expect(boolean holds, String rule) {
      if (!holds) {
        broken.add(rule);
      }
    }

    static Command command(Write write) {
      return Command.newBuilder()
          .setPut(
              PutRequest.newBuilder()
                  .setKey(ByteString.copyFromUtf8(write.key))
                  .setValue(ByteString.copyFromUtf8(write.value)))
          .build();
    }

    // ----------------------------------------------------------------- faults

    void fault() {
      SimCluster.Node a = any();
      SimCluster.Node b = any();
      switch (random.nextInt(9)) {
        case 0, 1 -> cut(a, b);
        case 2 -> cluster.running().forEach(other -> cut(a, other));
        case 3 -> silence(a, b);
        case 4 -> cluster.running().forEach(other -> silence(a, other));
        case 5 -> a.group.transferTo(b.id);
        case 6 -> crash(a);
        default -> healAll();
      }
    }

    private SimCluster.Node any() {
      return cluster.nodes.get(random.nextInt(cluster.nodes.size()));
    }

    private void cut(SimCluster.Node a, SimCluster.Node b) {
      if (a != b) {
        cluster.network.cut(a.id, b.id);
      }
    }

    private void silence(SimCluster.Node from, SimCluster.Node to) {
      if (from != to) {
        cluster.network.silence(from.id, to.id);
      }
    }

    private void crash(SimCluster.Node node) {
      if (node.up && cluster.running().size() > 1) {
        node.crash();
      }
    }

    private void healAll() {
      cluster.nodes.stream().filter(node -> !node.up).forEach(SimCluster.Node::restart);
      cluster.network.heal();
    }

    // ----------------------------------------------------------------- the run

    void go() {
      long end = cluster.in(FAULTY_MILLIS);
      while (cluster.loop.nanoTime() - end < 0) {
        cluster.loop.advance(random.nextInt(12));
        List<SimCluster.Node> running = cluster.running();
        request(running.get(random.nextInt(running.size())));
        if (random.nextInt(25) == 0) {
          fault();
        }
        assertThat(broken).isEmpty();
        cluster.checkNobodyHalted();
      }
      healAll();
      cluster.loop.advance(CALM_MILLIS);
      finalWrites();
      check();
    }

    /// Liveness: with all faults gone every node takes writes.
    private void finalWrites() {
      int first = writes.size();
      cluster.nodes.forEach(node -> put(node, cluster.in(1_000)));
      cluster.loop.advance(1_000);
      assertThat(writes.subList(first, writes.size()))
          .allSatisfy(write -> assertThat(write.fate).isEqualTo(Fate.DONE));
      cluster.loop.advance(500);
      assertThat(open).as("every request was answered").isZero();
      assertThat(cluster.nodes).allSatisfy(node -> assertThat(node.door.waiting()).isZero());
    }

    private void check() {
      assertThat(broken).isEmpty();
      cluster.checkNobodyHalted();
      Map<String, List<Long>> puts = cluster.nodes.getFirst().puts;
      assertThat(cluster.nodes).allSatisfy(node -> assertThat(node.puts).isEqualTo(puts));
      for (Write write : writes) {
        List<Long> at = puts.getOrDefault(write.value, List.of());
        switch (write.fate) {
          case DONE -> assertThat(at).as(write.value).containsExactly(write.revision);
          case UNKNOWN -> assertThat(at).as(write.value).hasSizeLessThanOrEqualTo(1);
          case NEVER -> assertThat(at).as(write.value).isEmpty();
          case OPEN -> throw new AssertionError("unanswered: " + write.value);
        }
      }
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
          reads[0] += run.reads;
        });
    if (System.getProperty("seed") == null) {
      assertThat(totals.get(Fate.DONE)).as("most writes succeed").isGreaterThan(2_000);
      assertThat(totals.get(Fate.UNKNOWN)).as("faults are felt").isGreaterThan(10);
      assertThat(totals.get(Fate.NEVER)).as("some had no leader in time").isGreaterThan(10);
      assertThat(reads[0]).as("most reads succeed").isGreaterThan(2_000);
    }
  }

  // ------------------------------------------------------------------- planted bugs

  /// A wrong answer is found within a few seeds, however it came about.
  private static void assertFound(String what, UnaryOperator<PeerCalls> bug) {
    assertThatThrownBy(() -> Seeds.forEach(random -> new Run(random, bug).go()))
        .as(what)
        .isInstanceOf(AssertionError.class)
        .rootCause()
        .hasMessageContaining(what);
  }

  @Test
  void repetitionUnderANewNameIsFound() {
    var names = new AtomicLong(1L << 40);
    assertFound(
        "v",
        calls ->
            (to, call, deadline) -> {
              if (call.hasPropose()) {
                call.getProposeBuilder().getIdBuilder().setSequence(names.incrementAndGet());
              }
              return calls.call(to, call, deadline);
            });
  }

  @Test
  void answerBeforeTheEffectShowsHereIsFound() {
    assertFound(
        "who wrote here reads it here",
        calls ->
            (to, call, deadline) ->
                calls.call(to, call, deadline).map(reply -> withOutcomeIndex(reply, 0)));
  }

  private static io.flotilla.proto.peer.Reply withOutcomeIndex(
      io.flotilla.proto.peer.Reply reply, long index) {
    var changed = reply.toBuilder();
    if (reply.hasOutcome()) {
      changed.getOutcomeBuilder().setIndex(index);
    }
    return changed.build();
  }

  @Test
  void readThatAsksNobodyIsFound() {
    assertFound(
        "not stale",
        calls ->
            (to, call, deadline) ->
                call.hasReadIndex()
                    ? Future.succeededFuture(
                        io.flotilla.proto.peer.Reply.newBuilder().setIndex(1).build())
                    : calls.call(to, call, deadline));
  }
}
