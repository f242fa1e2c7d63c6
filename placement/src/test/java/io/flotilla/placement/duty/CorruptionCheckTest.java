package io.flotilla.placement.duty;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.testing.ManualProposer;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmType;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CorruptionCheckTest {
  private static final NodeId A = new NodeId(1);
  private static final NodeId B = new NodeId(2);
  private static final NodeId C = new NodeId(3);
  private static final long MINUTE = 60_000;

  private final SimLoop loop = new SimLoop();
  private final ManualProposer proposer = new ManualProposer();
  private final Map<NodeId, ReplicaHash> states = new HashMap<>();
  private final Map<NodeId, Rejection> refusals = new HashMap<>();
  private final Set<NodeId> alarmed = new HashSet<>();
  private final List<Long> asked = new ArrayList<>();
  private boolean leads = true;
  private long compactRevision = -1;

  private Future<ReplicaHash> hashOf(NodeId member, long revision, long deadlineNanos) {
    asked.add(revision);
    Rejection refusal = refusals.get(member);
    return refusal != null
        ? Future.failedFuture(refusal.asException())
        : Future.succeededFuture(states.get(member));
  }

  private CorruptionCheck check(long intervalMillis, long compactIntervalMillis) {
    var check =
        new CorruptionCheck(
            A,
            new CorruptionCheck.Settings(intervalMillis, compactIntervalMillis),
            new CorruptionCheck.Gauges(
                () -> leads, () -> List.of(A, B, C), () -> compactRevision, alarmed::contains),
            new CorruptionCheck.Ports(this::hashOf, proposer, loop, loop));
    check.start();
    return check;
  }

  private void states(int a, int b, int c) {
    states.put(A, new ReplicaHash(a, 5, 100, 1));
    states.put(B, new ReplicaHash(b, 5, 100, 1));
    states.put(C, new ReplicaHash(c, 5, 100, 1));
  }

  private List<Long> raised() {
    return proposer.commands().stream().map(Command::getAlarm).map(this::member).toList();
  }

  private long member(AlarmRequest alarm) {
    assertThat(alarm.getAlarm()).isEqualTo(AlarmType.CORRUPT);
    assertThat(alarm.getAction()).isEqualTo(AlarmRequest.AlarmAction.ACTIVATE);
    return alarm.getMemberID();
  }

  @Test
  void equalReplicasRaiseNothing() {
    states(1, 1, 1);
    check(MINUTE, 0);
    loop.advance(3 * MINUTE);
    assertThat(asked).hasSizeGreaterThanOrEqualTo(6);
    assertThat(proposer.size()).isZero();
  }

  @Test
  void oddOneIsTold() {
    states(1, 1, 9);
    check(MINUTE, 0);
    loop.advance(MINUTE);
    assertThat(raised()).containsExactly(C.value());
    alarmed.add(C);
    loop.advance(5 * MINUTE);
    assertThat(raised()).as("once").hasSize(1);
  }

  @Test
  void leaderMayBeTheOddOne() {
    states(9, 1, 1);
    check(MINUTE, 0);
    loop.advance(MINUTE);
    assertThat(raised()).containsExactly(A.value());
  }

  @Test
  void withoutAMajorityNobodyIsNamed() {
    states(1, 2, 3);
    check(MINUTE, 0);
    loop.advance(MINUTE);
    assertThat(raised()).containsExactly(0L);
  }

  @Test
  void replicaThatCannotBeComparedIsLeftOut() {
    states(1, 1, 9);
    states.put(C, new ReplicaHash(9, 7, 100, 1)); // compacted further
    check(MINUTE, 0);
    loop.advance(MINUTE);
    refusals.put(C, new Rejection.NoLeader());
    loop.advance(MINUTE);
    assertThat(proposer.size()).isZero();
  }

  @Test
  void replicaThatIsBehindIsWaitedFor() {
    states(1, 1, 9);
    refusals.put(C, new Rejection.FutureRevision(50));
    check(MINUTE, 0);
    loop.advance(MINUTE + 500);
    assertThat(proposer.size()).isZero();
    refusals.clear();
    loop.advance(500);
    assertThat(raised()).containsExactly(C.value());
  }

  @Test
  void onlyTheLeaderLooks() {
    states(1, 1, 9);
    leads = false;
    check(MINUTE, MINUTE);
    loop.advance(5 * MINUTE);
    assertThat(asked).isEmpty();
  }

  @Test
  void leaderThatWasReplacedMeanwhileTellsNothing() {
    states(1, 1, 9);
    refusals.put(C, new Rejection.FutureRevision(50));
    check(MINUTE, 0);
    loop.advance(MINUTE + 500);
    leads = false;
    refusals.clear();
    loop.advance(5 * MINUTE);
    assertThat(proposer.size()).isZero();
  }

  @Test
  void eachCompactionIsComparedOnce() {
    states(1, 1, 1);
    check(0, MINUTE);
    loop.advance(2 * MINUTE);
    assertThat(asked).as("nothing was compacted").isEmpty();
    compactRevision = 5;
    loop.advance(5 * MINUTE);
    assertThat(asked.getFirst()).isEqualTo(5);
    assertThat(asked).hasSize(3);
    compactRevision = 8;
    refusals.put(B, new Rejection.NoLeader());
    loop.advance(2 * MINUTE);
    assertThat(asked).as("again until it is complete").hasSize(9);
  }

  @Test
  void nothingRunsThatIsNotSwitchedOn() {
    var check = check(0, 0);
    assertThat(loop.queued()).isZero();
    check.stop();
  }

  @Test
  void startIsRefusedWhenTheStateDiffersFromOthers() {
    states(1, 1, 9);
    assertThat(differing(A)).containsExactly(C);
    assertThat(differing(C)).containsExactly(A, B);
    refusals.put(C, new Rejection.FutureRevision(50));
    assertThat(differing(A)).isEmpty();
    states.put(B, new ReplicaHash(9, 7, 100, 1));
    assertThat(differing(A)).as("compacted elsewhere").isEmpty();
  }

  private List<NodeId> differing(NodeId self) {
    List<NodeId> others = new ArrayList<>(List.of(A, B, C));
    others.remove(self);
    return CorruptionCheck.differing(self, others, this::hashOf, 0).result();
  }
}
