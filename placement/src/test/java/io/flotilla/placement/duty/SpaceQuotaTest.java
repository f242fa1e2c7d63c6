package io.flotilla.placement.duty;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.testing.ManualProposer;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.AlarmRequest.AlarmAction;
import io.flotilla.proto.etcd.AlarmType;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class SpaceQuotaTest {
  private static final NodeId SELF = new NodeId(9);

  private final SimLoop loop = new SimLoop();
  private final ManualProposer log = new ManualProposer();
  private long stored = 1000;
  private long free = 1_000_000;
  private boolean alarm;

  @Test
  void quotaIsOffByDefault() {
    var quota = started(SpaceQuota.Limits.OFF);
    stored = Long.MAX_VALUE / 2;
    free = 0;
    loop.advance(1000);
    assertThat(quota.exceeds(1 << 20)).isFalse();
    assertThat(log.size()).isZero();
  }

  /// Contract 2.1.2: refused when size and cost reach the quota; a cost of 0 always passes.
  @Test
  void writeThatWouldReachTheQuotaIsRefused() {
    var quota = started(new SpaceQuota.Limits(2000, 0));
    assertThat(quota.exceeds(999)).isFalse();
    assertThat(quota.exceeds(1000)).isTrue();
    stored = 5000;
    loop.advance(SpaceQuota.REFRESH_MILLIS);
    assertThat(quota.exceeds(1)).isTrue();
    assertThat(quota.exceeds(0)).isFalse();
  }

  @Test
  void refusedWriteRaisesTheAlarmOfThisMemberOnce() {
    var quota = started(new SpaceQuota.Limits(2000, 0));
    quota.onRefused();
    quota.onRefused();
    loop.settle();
    assertThat(log.size()).isEqualTo(1);
    Command command = log.done(this::apply);
    assertThat(command.getAlarm().getAction()).isEqualTo(AlarmAction.ACTIVATE);
    assertThat(command.getAlarm().getMemberID()).isEqualTo(SELF.value());
    assertThat(command.getAlarm().getAlarm()).isEqualTo(AlarmType.NOSPACE);
    quota.onRefused();
    loop.settle();
    assertThat(log.size()).as("it is on").isZero();
  }

  @Test
  void callersHearWhetherTheAlarmIsOn() {
    var quota = started(new SpaceQuota.Limits(2000, 0));
    List<Boolean> heard = new ArrayList<>();
    quota.onRefused(heard::add);
    quota.onRefused(heard::add);
    loop.settle();
    assertThat(heard).isEmpty();
    log.reject(new Rejection.NoLeader());
    assertThat(heard).containsExactly(false, false);
    quota.onRefused(heard::add);
    loop.settle();
    log.done(this::apply);
    quota.onRefused(heard::add);
    loop.settle();
    assertThat(heard).containsExactly(false, false, true, true);
  }

  @Test
  void stopAnswersThoseWhoWait() {
    var quota = started(new SpaceQuota.Limits(2000, 0));
    List<Boolean> heard = new ArrayList<>();
    quota.onRefused(heard::add);
    loop.settle();
    quota.stop();
    assertThat(heard).containsExactly(false);
  }

  @Test
  void failedAlarmIsRaisedByTheNextRefusal() {
    var quota = started(new SpaceQuota.Limits(2000, 0));
    quota.onRefused();
    loop.settle();
    log.reject(new Rejection.NoLeader());
    quota.onRefused();
    loop.settle();
    assertThat(log.size()).isEqualTo(1);
  }

  @Test
  void alarmOfTheQuotaStaysWhenSpaceIsFreed() {
    var quota = started(new SpaceQuota.Limits(2000, 500));
    stored = 2500;
    loop.advance(100);
    quota.onRefused();
    loop.settle();
    log.done(this::apply);
    stored = 10;
    loop.advance(10_000);
    assertThat(log.size()).isZero();
  }

  @Test
  void fullDiskRaisesTheAlarmAndTakesItBackWhenThereIsRoomAgain() {
    var quota = started(new SpaceQuota.Limits(0, 500));
    free = 499;
    loop.advance(100);
    assertThat(quota.exceeds(1)).isTrue();
    assertThat(log.done(this::apply).getAlarm().getAction()).isEqualTo(AlarmAction.ACTIVATE);
    free = 999;
    loop.advance(1000);
    assertThat(quota.exceeds(1)).as("not at the edge").isTrue();
    free = 1000;
    loop.advance(100);
    assertThat(quota.exceeds(1)).isFalse();
    assertThat(log.done(this::apply).getAlarm().getAction()).isEqualTo(AlarmAction.DEACTIVATE);
    loop.advance(1000);
    assertThat(log.size()).isZero();
  }

  @Test
  void failedClearingIsTriedAgain() {
    started(new SpaceQuota.Limits(0, 500));
    free = 0;
    loop.advance(100);
    log.done(this::apply);
    free = 5000;
    loop.advance(100);
    log.reject(new Rejection.OutcomeUnknown());
    loop.advance(100);
    assertThat(log.done(this::apply).getAlarm().getAction()).isEqualTo(AlarmAction.DEACTIVATE);
  }

  /// The quota's alarm must not vanish with the disk's.
  @Test
  void alarmThatTheQuotaWantsTooIsNotTakenBack() {
    var quota = started(new SpaceQuota.Limits(2000, 500));
    free = 0;
    loop.advance(100);
    log.done(this::apply);
    stored = 3000;
    free = 700;
    loop.advance(100);
    free = 1100;
    quota.onRefused();
    loop.advance(100);
    assertThat(log.size()).as("taken back for the disk").isEqualTo(1);
    log.done(this::apply);
    quota.onRefused();
    loop.settle();
    log.done(this::apply);
    loop.advance(5000);
    assertThat(alarm).isTrue();
    assertThat(log.size()).isZero();
  }

  /// An operator, or this node before it restarted: not ours to clear.
  @Test
  void alarmRaisedElsewhereIsLeftAlone() {
    alarm = true;
    started(new SpaceQuota.Limits(2000, 500));
    loop.advance(5000);
    assertThat(log.size()).isZero();
  }

  @Test
  void negativeLimitsAreRefused() {
    assertThatThrownBy(() -> new SpaceQuota.Limits(-1, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void stoppedQuotaLeavesNoTimer() {
    started(SpaceQuota.Limits.OFF).stop();
    assertThat(loop.queued()).isZero();
  }

  private SpaceQuota started(SpaceQuota.Limits limits) {
    var gauges = new SpaceQuota.Gauges(() -> stored, () -> free, () -> alarm);
    var quota = new SpaceQuota(SELF, limits, gauges, loop, log);
    quota.start();
    return quota;
  }

  private void apply(Command command) {
    alarm = command.getAlarm().getAction() == AlarmAction.ACTIVATE;
  }
}
