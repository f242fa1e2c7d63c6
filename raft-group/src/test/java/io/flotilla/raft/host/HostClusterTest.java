package io.flotilla.raft.host;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.raft.core.Message;
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
          if (!cutOff.contains(from) && !cutOff.contains(to)) {
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
    assertThat(HostFixture.rejection(lost)).isEqualTo(new Rejection.OutcomeUnknown());
    assertThat(read.result()).isEqualTo("1");

    cutOff.clear();
    loop.advanceMillis(500);
    assertThat(first.halted).isEmpty();
    assertThat(first.group.status().leader()).isEqualTo(second.self);
    assertThat(HostFixture.rejection(settled(first.propose("b", "1"))))
        .isEqualTo(new Rejection.NotLeader(second.self));
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
