package io.flotilla.router.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.duty.SpaceQuota;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.AlarmResponse;
import io.flotilla.raft.shard.CommandResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class QuotaGateTest {
  private final FakeRoot loop = new FakeRoot();
  private final List<Command> proposed = new ArrayList<>();
  private final List<Consumer<CommandResult>> waiting = new ArrayList<>();
  private final List<Runnable> caller = new ArrayList<>();
  private long storeBytes = 50;
  private boolean alarmOn;
  private final SpaceQuota quota =
      new SpaceQuota(
          new NodeId(7),
          new SpaceQuota.Limits(100, 0),
          new SpaceQuota.Gauges(() -> storeBytes, () -> Long.MAX_VALUE, () -> alarmOn),
          loop,
          (command, onResult) -> {
            proposed.add(command);
            waiting.add(onResult);
          });
  private final QuotaGate gate = new QuotaGate(quota, () -> caller::add);

  @Test
  void onlyWhatFitsIsLetIn() {
    assertThat(gate.admits(1_000)).isFalse();
    assertThat(gate.admits(10)).isTrue();
    assertThat(gate.admits(0)).isTrue();
  }

  /// The caller hears of it on its own loop, when the alarm is on.
  @Test
  void whoIsRefusedWaitsForTheAlarm() {
    var raised = gate.raiseAlarm(0);
    loop.run();
    assertThat(proposed).hasSize(1);
    assertThat(proposed.getFirst().getAlarm().getMemberID()).isEqualTo(7);
    alarmOn = true;
    waiting.getFirst().accept(new CommandResult.Done(AlarmResponse.newBuilder(), 1));
    assertThat(raised.isComplete()).isFalse();
    caller.forEach(Runnable::run);
    assertThat(raised.succeeded()).isTrue();
  }

  @Test
  void anAlarmThatCannotBeRaisedHoldsNobody() {
    var raised = gate.raiseAlarm(0);
    loop.run();
    waiting.getFirst().accept(new CommandResult.Rejected(new Rejection.NoLeader()));
    caller.forEach(Runnable::run);
    assertThat(raised.succeeded()).isTrue();
  }
}
