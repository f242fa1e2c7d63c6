package io.flotilla.raft.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Three hosts and the network between them, on one thread and one clock.
class HostClusterTest {
  private final ManualLoop loop = new ManualLoop();
  private final List<HostFixture> nodes = new ArrayList<>();
  private final Set<NodeId> cutOff = new HashSet<>();
  // they hear nothing
  private final Set<NodeId> deaf = new HashSet<>();

  @BeforeEach
  void startThree() {
    for (int i = 1; i <= 3; i++) {
      var node = new HostFixture(loop, i, 3);
      node.network = (to, messages) -> carry(node.self, to, messages);
      nodes.add(node);
    }
    nodes.forEach(HostFixture::start);
  }

  private void carry(NodeId from, NodeId to, List<Message> messages) {
    loop.execute(
        () -> {
          if (!cutOff.contains(from) && !cutOff.contains(to) && !deaf.contains(to)) {
            nodes.get((int) to.value() - 1).host.receive(HostFixture.GROUP, messages);
          }
        });
  }

  private HostFixture leader() {
    for (int i = 0; i < 300; i++) {
      for (HostFixture node : nodes) {
        if (node.group.status().ready() && !cutOff.contains(node.self)) {
          return node;
        }
      }
      loop.advanceMillis(10);
    }
    throw new AssertionError("no leader");
  }

  @Test
  void writesReachAllReplicas() {
    HostFixture leader = leader();
    Future<?> put = leader.propose("a", "1");
    loop.advanceMillis(50);
    assertThat(put.succeeded()).isTrue();
    assertThat(nodes).allSatisfy(node -> assertThat(node.machine.value("a")).isEqualTo("1"));
    assertThat(nodes).allSatisfy(node -> assertThat(node.halted).isEmpty());
  }

  @Test
  void successorServesWhatTheLostLeaderHadAnswered() {
    HostFixture first = leader();
    Future<?> answered = first.propose("a", "1");
    loop.advanceMillis(50);
    cutOff.add(first.self);
    Future<?> lost = first.propose("a", "2");
    HostFixture second = leader();
    loop.advanceMillis(500);
    Future<String> read = second.get(ReadMode.LINEARIZABLE, "a");
    loop.advanceMillis(50);
    assertThat(answered.succeeded()).isTrue();
    assertThat(read.result()).isEqualTo("1");
    assertThat(first.group.status().isLeader()).isFalse();
    assertThat(lost.isComplete()).as("nobody here knows yet").isFalse();

    cutOff.clear();
    loop.advanceMillis(300);
    assertThat(first.halted).isEmpty();
    assertThat(first.group.status().leader()).isEqualTo(second.self);
    assertThat(HostFixture.rejection(lost))
        .as("another entry took its place: it never happened")
        .isEqualTo(new Rejection.NotLeader(second.self));
    assertThat(HostFixture.rejection(settled(first.propose("b", "1"))))
        .isEqualTo(new Rejection.NotLeader(second.self));
  }

  /// The successor holds the entry and commits it: the old leader hears of that from its log.
  @Test
  void deposedLeaderAnswersWhatItsSuccessorCommits() {
    HostFixture first = leader();
    loop.advanceMillis(100);
    deaf.add(first.self);
    Future<Applied> put =
        first.group.proposeIndexed(HostFixture.put("a", "1"), loop.inMillis(3_000));
    loop.advanceMillis(20);
    cutOff.add(first.self);
    HostFixture second = leader();
    loop.advanceMillis(500);
    assertThat(first.group.status().isLeader()).isFalse();
    assertThat(second.machine.value("a")).isEqualTo("1");
    assertThat(put.isComplete()).isFalse();

    deaf.clear();
    cutOff.clear();
    loop.advanceMillis(200);
    assertThat(put.succeeded()).as("%s", put.cause()).isTrue();
    assertThat(put.result().index()).isEqualTo(2);
  }

  /// The log's word is known here; the result follows, though another replica leads by then.
  @Test
  void lateResultReachesTheProposerThatLeadsNoMore() {
    HostFixture first = leader();
    Future<?> put = first.propose("slow", "1");
    loop.advanceMillis(50);
    assertThat(first.machine.late).hasSize(1);
    cutOff.add(first.self);
    HostFixture second = leader();
    loop.advanceMillis(300);
    assertThat(second.group.status().isLeader()).isTrue();
    assertThat(put.isComplete()).isFalse();

    first.machine.late.getFirst().complete(new CommandResult.Done(PutResponse.newBuilder(), 7));
    loop.settle();
    assertThat(put.succeeded()).isTrue();
    assertThat(((CommandResult.Done) put.result()).revision()).isEqualTo(7);
  }

  /// The successor's log is shorter and does not grow; its one entry decides about all of them.
  @Test
  void firstEntryOfALaterTermSettlesEveryEarlierOne() {
    HostFixture first = leader();
    loop.advanceMillis(100);
    cutOff.add(first.self);
    List<Future<?>> lost = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      lost.add(first.group.propose(HostFixture.put("a", "" + i), loop.inMillis(60_000)));
      loop.settle();
    }
    assertThat(first.group.status().lastIndex()).isEqualTo(6);
    HostFixture second = leader();
    loop.advanceMillis(500);
    cutOff.clear();
    loop.advanceMillis(500);
    assertThat(second.group.status().lastIndex()).isEqualTo(2);
    assertThat(lost)
        .allSatisfy(
            put ->
                assertThat(HostFixture.rejection(put))
                    .isEqualTo(new Rejection.NotLeader(second.self)));
  }

  @Test
  void fateOfACommandIsUnknownToALeaderThatStaysCutOff() {
    HostFixture first = leader();
    cutOff.add(first.self);
    List<Future<?>> lost = new ArrayList<>();
    for (int i = 0; i < HostFixture.LIMITS.proposals(); i++) {
      lost.add(first.propose("a", "" + i));
    }
    loop.advanceMillis(1_100);
    assertThat(lost)
        .allSatisfy(
            put ->
                assertThat(HostFixture.rejection(put)).isEqualTo(new Rejection.OutcomeUnknown()));
    cutOff.clear();
    HostFixture next = leader();
    Future<?> more = next.propose("b", "1");
    loop.advanceMillis(500);
    assertThat(more.succeeded()).isTrue();
    assertThat(nodes).allSatisfy(node -> assertThat(node.machine.value("b")).isEqualTo("1"));
    for (int i = 0; i < HostFixture.LIMITS.proposals(); i++) {
      first.propose("c", "" + i);
    }
    assertThat(first.registry.get("etcd.server.proposals.pending").gauge().value())
        .as("what was given up is off the books")
        .isLessThanOrEqualTo(HostFixture.LIMITS.proposals());
  }

  @Test
  void readPointOfTheLeaderIsGoodForReadsAtAFollower() {
    HostFixture leader = leader();
    HostFixture follower = nodes.get(leader == nodes.get(0) ? 1 : 0);
    loop.advanceMillis(100);
    deaf.add(follower.self);
    Future<?> put = leader.propose("a", "1");
    loop.advanceMillis(20);
    assertThat(put.succeeded()).isTrue();
    Future<Long> point = leader.group.readIndex(loop.inMillis(500));
    loop.advanceMillis(20);
    assertThat(point.result()).isEqualTo(leader.group.status().appliedIndex());

    var query = new FakeMachine.Get("a", 1);
    Future<String> read = follower.group.readAt(point.result(), query, loop.inMillis(5_000));
    Future<Void> applied = follower.group.awaitApplied(point.result(), loop.inMillis(5_000));
    Future<String> impatient = follower.group.readAt(point.result(), query, loop.inMillis(50));
    loop.advanceMillis(100);
    assertThat(read.isComplete()).isFalse();
    assertThat(applied.isComplete()).isFalse();
    assertThat(HostFixture.rejection(impatient)).isEqualTo(new Rejection.TimedOut());
    deaf.clear();
    loop.advanceMillis(1_000);
    assertThat(read.result()).isEqualTo("1");
    assertThat(applied.succeeded()).isTrue();
    assertThat(follower.registry.get("flotilla.raft.reads.pending").gauge().value()).isZero();
  }

  @Test
  void onlyALeaderGivesReadPoints() {
    HostFixture leader = leader();
    HostFixture follower = nodes.get(leader == nodes.get(0) ? 1 : 0);
    loop.advanceMillis(100);
    assertThat(HostFixture.rejection(settled(follower.group.readIndex(loop.inMillis(500)))))
        .isEqualTo(new Rejection.NotLeader(leader.self));
    cutOff.add(leader.self);
    Future<Long> unproven = leader.group.readIndex(loop.inMillis(5_000));
    loop.advanceMillis(500);
    assertThat(HostFixture.rejection(unproven)).isEqualTo(new Rejection.LeaderChanged());
  }

  private Future<?> settled(Future<?> future) {
    loop.settle();
    return future;
  }

  @Test
  void leadershipIsHandedOverOnStop() {
    HostFixture first = leader();
    Future<Void> stopped = first.host.stop(loop.inMillis(1_000));
    loop.advanceMillis(30);
    first.runStorage();
    assertThat(stopped.succeeded()).as("%s %s", first.group.status(), first.events).isTrue();
    cutOff.add(first.self);
    HostFixture second = leader();
    Future<?> put = second.propose("a", "1");
    loop.advanceMillis(50);
    assertThat(put.succeeded()).isTrue();
  }

  @Test
  void statusTellsOfTermLeaderAndProgress() {
    HostFixture leader = leader();
    loop.advanceMillis(100);
    assertThat(nodes)
        .allSatisfy(
            node -> {
              GroupStatus status = node.group.status();
              assertThat(status.leader()).isEqualTo(leader.self);
              assertThat(status.appliedIndex()).isEqualTo(status.lastIndex());
              assertThat(status.membership().voters()).hasSize(3);
            });
  }
}
