package io.flotilla.raft.host;

import static io.flotilla.raft.host.HostFixture.rejection;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.Message;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// A replica that ends while its host goes on with others.
class RetiredReplicaTest {
  private final HostFixture node = HostFixture.alone();

  private Future<Void> close() {
    Future<Void> closed = node.host.close(HostFixture.GROUP);
    node.loop.settle();
    return closed;
  }

  @Test
  void itClosesLogAndStateWithoutAnotherCheckpoint() {
    node.propose("a", "1");
    node.loop.settle();
    node.events.clear();
    Future<Void> closed = close();
    assertThat(closed.succeeded()).isTrue();
    assertThat(node.events).containsExactly("close log", "close machine");
    node.loop.advanceMillis(200);
    assertThat(node.events).hasSize(2);
    assertThat(node.halted).isEmpty();
  }

  @Test
  void itRefusesWhatComesAfterwards() {
    close();
    Future<?> put = node.propose("a", "1");
    Future<?> get = node.get(ReadMode.SERIALIZABLE, "a");
    node.loop.settle();
    assertThat(rejection(put)).isEqualTo(new Rejection.NoLeader());
    assertThat(rejection(get)).isEqualTo(new Rejection.NoLeader());
  }

  @Test
  void whatIsInTheLogHasAnUnknownOutcomeAndWhatIsNotHasNone() {
    node.log.automatic = false;
    Future<?> logged = node.propose("a", "1");
    node.loop.settle();
    Future<?> gathered = node.propose("b", "1");
    node.host.close(HostFixture.GROUP);
    node.loop.settle();
    assertThat(rejection(logged)).isEqualTo(new Rejection.OutcomeUnknown());
    assertThat(rejection(gathered)).isEqualTo(new Rejection.NoLeader());
  }

  @Test
  void checkpointThatIsBeingWrittenEndsFirst() {
    node.machine.due = true;
    node.propose("a", "1");
    node.loop.settle();
    assertThat(node.storage).hasSize(1);
    Future<Void> closed = close();
    assertThat(closed.isComplete()).isFalse();
    assertThat(node.events).doesNotContain("close log");
    node.runStorage();
    assertThat(closed.succeeded()).isTrue();
    assertThat(node.events).containsSubsequence("run checkpoint", "close log", "close machine");
  }

  /// Others made an entry durable that this log does not hold yet, nor ever will.
  @Test
  void checkpointThatWaitsForTheLogIsTakenBack() {
    var one = new HostFixture(new ManualLoop(), 1, 3);
    one.start();
    RaftHostTest.elect(one);
    one.log.automatic = false;
    one.propose("a", "1");
    one.loop.settle();
    one.host.receive(
        HostFixture.GROUP,
        List.of(
            new Message.AppendAccepted(new NodeId(2), 1, 2),
            new Message.AppendAccepted(new NodeId(3), 1, 2)));
    one.machine.due = true;
    one.loop.settle();
    assertThat(one.events).contains("begin checkpoint 2");
    Future<Void> closed = one.host.close(HostFixture.GROUP);
    one.loop.settle();
    assertThat(closed.succeeded()).isTrue();
    assertThat(one.events).containsSubsequence("abandon checkpoint", "close log");
    assertThat(one.storage).isEmpty();
  }

  @Test
  void stopOfTheHostWaitsForIt() {
    node.machine.due = true;
    node.propose("a", "1");
    node.loop.settle();
    Future<Void> closed = close();
    Future<Void> stopped = node.host.stop(node.loop.inMillis(1_000));
    node.loop.settle();
    assertThat(stopped.isComplete()).isFalse();
    node.runStorage();
    assertThat(closed.succeeded()).isTrue();
    assertThat(stopped.succeeded()).isTrue();
    assertThat(node.events.stream().filter("close log"::equals)).hasSize(1);
  }

  @Test
  void hostThatStopsClosesEverythingItself() {
    Future<Void> stopped = node.host.stop(node.loop.inMillis(1_000));
    assertThat(rejection(node.host.close(HostFixture.GROUP))).isEqualTo(new Rejection.Stopped());
    node.loop.settle();
    node.runStorage();
    assertThat(stopped.succeeded()).isTrue();
  }

  @Test
  void otherReplicasGoOn() {
    var id = new GroupId(8);
    List<String> events = new ArrayList<>();
    var saved = new FakeMachine.Saved();
    saved.membership = Membership.ofVoters(List.of(node.self));
    var log = new FakeLog(node.loop, events);
    Group other =
        node.host.open(
            new GroupSpec(
                id,
                node.self,
                new FakeMachine(saved, events),
                log.recovered(),
                log,
                saved.membership,
                new SplittableRandom(3)));
    node.loop.settle();
    close();
    Future<?> put = other.propose(HostFixture.put("a", "1"), node.loop.inMillis(1_000));
    node.loop.settle();
    assertThat(put.succeeded()).isTrue();
  }
}
