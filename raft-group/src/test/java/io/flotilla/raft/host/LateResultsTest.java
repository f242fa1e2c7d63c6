package io.flotilla.raft.host;

import static io.flotilla.raft.host.HostFixture.rejection;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Rejection;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// Commands that are refused before the log, and those whose result comes after it.
class LateResultsTest {
  private static CommandResult.Done done(long revision) {
    return new CommandResult.Done(PutResponse.newBuilder(), revision);
  }

  @Test
  void commandIsAnsweredWhenItsResultComes() {
    var node = HostFixture.alone();
    Future<?> late = node.propose("slow", "1");
    Future<?> atOnce = node.propose("a", "1");
    node.loop.settle();
    assertThat(atOnce.succeeded()).isTrue();
    assertThat(late.isComplete()).isFalse();
    node.machine.late.getFirst().complete(done(9));
    node.loop.settle();
    assertThat(((CommandResult.Done) late.result()).revision()).isEqualTo(9);
  }

  @Test
  void resultThatWaitsTakesUpRoomUntilItComes() {
    var node = HostFixture.alone();
    List<Future<?>> waiting = new ArrayList<>();
    for (int i = 0; i < HostFixture.LIMITS.proposals(); i++) {
      waiting.add(node.propose("slow" + i, "v"));
    }
    node.loop.settle();
    Future<?> refused = node.propose("a", "1");
    node.loop.settle();
    assertThat(rejection(refused)).isEqualTo(new Rejection.TooManyRequests());
    node.machine.late.getFirst().complete(done(3));
    Future<?> admitted = node.propose("a", "1");
    node.loop.settle();
    assertThat(admitted.succeeded()).isTrue();
    assertThat(waiting.getFirst().succeeded()).isTrue();
  }

  @Test
  void deadlineOfAnExecutedCommandLeavesItsOutcomeUnknown() {
    var node = HostFixture.alone();
    Future<?> late = node.propose("slow", "1");
    node.loop.settle();
    node.loop.advanceMillis(1_100);
    assertThat(rejection(late)).isEqualTo(new Rejection.OutcomeUnknown());
    node.machine.late.getFirst().complete(done(9));
    node.loop.settle();
    assertThat(node.halted).isEmpty();
  }

  @Test
  void gateRefusesBeforeTheLog() {
    var node = HostFixture.alone();
    node.loop.settle();
    node.events.clear();
    Future<?> held = node.propose("held", "1");
    node.loop.settle();
    assertThat(rejection(held)).isEqualTo(new Rejection.Held());
    assertThat(node.events).isEmpty();
    Future<?> other = node.propose("a", "1");
    node.loop.settle();
    assertThat(other.succeeded()).isTrue();
    assertThat(node.machine.asked).containsExactly("held", "a");
    assertThat(node.machine.withdrawn).isEmpty();
  }

  /// A replica that does not lead asks the gate, too, since only the log knows who leads: what was
  /// let in and not appended is taken back, and nothing behind it is let in.
  @Test
  void whatIsNotAppendedIsWithdrawn() {
    var node = new HostFixture(new ManualLoop(), 1, 3);
    node.start();
    node.loop.settle();
    List<Future<?>> puts = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      puts.add(node.propose("k" + i, "v".repeat(350)));
    }
    node.loop.settle();
    for (Future<?> put : puts) {
      assertThat(rejection(put)).isEqualTo(new Rejection.NoLeader());
    }
    assertThat(node.machine.withdrawn).containsExactly("k0", "k1", "k2");
    assertThat(node.machine.asked).containsExactly("k0", "k1", "k2");
  }
}
