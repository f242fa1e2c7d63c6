package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.placement.duty.AutoCompaction;
import io.flotilla.placement.duty.SpaceQuota;
import io.flotilla.placement.service.RootDuties;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.placement.service.RootMachines;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmType;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// The duties with a real machine behind them, on virtual time.
class RootDutiesTest {
  private static final RootDuties.Settings SETTINGS =
      new RootDuties.Settings(
          new SpaceQuota.Limits(64 << 20, 1000),
          new AutoCompaction.Periodic(Duration.ofMinutes(10)),
          true);

  private final SimLoop loop = new SimLoop();
  private final RootMachine machine = RootMachines.leading(loop);
  private final FakeGroup group = new FakeGroup(machine);
  private final GroupProposer proposer =
      new GroupProposer(group, machine.leases()::primary, loop, loop, 1000);
  private final TestClient client = new TestClient(group, Long.MAX_VALUE);
  private long free = 1_000_000;
  private final RootDuties duties =
      new RootDuties(
          machine,
          RootMachines.SELF,
          SETTINGS,
          new RootDuties.Ports(loop, loop, proposer, proposer, proposer, () -> free));

  RootDutiesTest() {
    duties.start();
  }

  @AfterEach
  void stop() {
    duties.stop();
    loop.settle();
    assertThat(loop.queued()).isZero();
  }

  /// Contract assertion 59: keys of one lease disappear at one revision soon after the TTL.
  @Test
  void keysOfAnExpiredLeaseDisappearInOneRevision() {
    grant(7, 2);
    put("a", 7);
    put("b", 7);
    put("c", 0);
    long before = machine.revision();
    loop.advance(1_999);
    assertThat(machine.leases().exists(7)).isTrue();
    loop.advance(501);
    assertThat(machine.leases().exists(7)).isFalse();
    assertThat(machine.revision()).isEqualTo(before + 1);
  }

  @Test
  void eachExpiredLeaseIsARevisionOfItsOwn() {
    for (int id = 1; id <= 50; id++) {
      grant(id, 2);
      put("key" + id, id);
    }
    long before = machine.revision();
    loop.advance(2_500);
    assertThat(machine.leases().size()).isZero();
    assertThat(machine.revision()).isEqualTo(before + 50);
  }

  @Test
  void nothingExpiresUnderAnAlarmOfCorruption() {
    grant(7, 2);
    alarmOfCorruption();
    int proposed = group.proposed.size();
    loop.advance(10_000);
    assertThat(machine.leases().exists(7)).isTrue();
    assertThat(group.proposed).hasSize(proposed);
  }

  @Test
  void fullDiskStopsGrowthUntilThereIsRoom() {
    free = 10;
    loop.advance(200);
    assertThat(machine.alarms().active(AlarmType.NOSPACE, RootMachines.SELF.value())).isTrue();
    assertThat(duties.quota().exceeds(1)).isTrue();
    free = 1_000_000;
    loop.advance(200);
    assertThat(machine.alarms().noSpace()).isFalse();
    assertThat(duties.quota().exceeds(1)).isFalse();
  }

  @Test
  void historyIsCompactedByPeriod() {
    for (int i = 0; i < 20; i++) {
      put("a", 0);
      loop.advance(60_000);
    }
    long compactions = group.proposed.stream().filter(command -> command.hasCompact()).count();
    assertThat(compactions).isEqualTo(2);
  }

  @Test
  void longLeaseIsCheckpointed() {
    grant(7, 3600);
    loop.advance(310_000);
    machine.onLeadership(true, 2);
    long left = machine.leases().remainingSeconds(7, loop.nanoTime());
    assertThat(left).isBetween(3290L, 3302L);
  }

  private void grant(long id, long ttlSeconds) {
    TestClient.result(client.grant(id, ttlSeconds));
  }

  private void put(String key, long lease) {
    TestClient.result(client.put(key, lease));
  }

  private void alarmOfCorruption() {
    var request =
        AlarmRequest.newBuilder()
            .setAction(AlarmRequest.AlarmAction.ACTIVATE)
            .setAlarm(AlarmType.CORRUPT);
    TestClient.result(client.alarm(request));
  }
}
