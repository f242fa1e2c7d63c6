package io.flotilla.placement.client;

import static io.flotilla.placement.client.TestClient.refusal;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.duty.AutoCompaction;
import io.flotilla.placement.duty.SpaceQuota;
import io.flotilla.placement.service.RootDuties;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.placement.service.RootMachines;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.HardState;
import io.flotilla.raft.core.RaftConfig;
import io.flotilla.raft.host.Callers;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupLog;
import io.flotilla.raft.host.GroupSpec;
import io.flotilla.raft.host.HostConfig;
import io.flotilla.raft.host.HostMetrics;
import io.flotilla.raft.host.HostPorts;
import io.flotilla.raft.host.Peers;
import io.flotilla.raft.host.RaftHost;
import io.flotilla.raft.log.LogBatch;
import io.flotilla.raft.log.RecoveredLog;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The machine, its duties and the client around a real group of one replica, on virtual time.
class RootGroupTest {
  private static final HostConfig CONFIG =
      new HostConfig(
          new RaftConfig(
              10, 1, 0, false, new RaftConfig.Bounds(8, 1 << 20, 1 << 20, 1 << 24, 1 << 20)),
          100,
          new HostConfig.Limits(1000, 1 << 22, 1 << 20, 1 << 20, 1000, 1000),
          new HostConfig.CheckpointPolicy(1 << 16, 30_000, 0));

  private final SimLoop loop = new SimLoop();
  private final List<Throwable> halts = new ArrayList<>();
  private final RootMachine machine = RootMachines.founded(loop);
  private final RaftHost host = new RaftHost(CONFIG, ports());
  private final Group group = host.open(spec());
  private final GroupDoor door = GroupDoor.of(group);
  private final TestClient client = new TestClient(door, Long.MAX_VALUE);
  private final KeepAlives keepAlives = new KeepAlives(door, loop, loop);
  private final RootDuties duties = duties();

  private HostPorts ports() {
    var metrics = new HostMetrics(new SimpleMeterRegistry());
    return new HostPorts(
        loop, Callers.oneLoop(), loop, loop::execute, Peers.nobody(), metrics, halts::add);
  }

  private GroupSpec spec() {
    var empty = new RecoveredLog(HardState.FRESH, EntryId.ZERO, List.of());
    return new GroupSpec(
        GroupId.ROOT,
        RootMachines.SELF,
        machine,
        empty,
        new LoopLog(),
        machine.membership(),
        new Random(1));
  }

  private RootDuties duties() {
    var local = new GroupProposer(door, machine.leases()::primary, loop, loop, 5000);
    var settings = new RootDuties.Settings(SpaceQuota.Limits.OFF, new AutoCompaction.Off(), true);
    return new RootDuties(
        machine,
        RootMachines.SELF,
        settings,
        new RootDuties.Ports(loop, loop, local, local, local, () -> Long.MAX_VALUE));
  }

  /// Durable in the next turn of the loop.
  private final class LoopLog implements GroupLog {
    @Override
    public boolean persist(LogBatch batch, Runnable durable) {
      loop.execute(durable);
      return true;
    }

    @Override
    public boolean truncatePrefix(EntryId mark, Runnable done) {
      loop.execute(done);
      return true;
    }

    @Override
    public boolean close(Runnable closed) {
      loop.execute(closed);
      return true;
    }
  }

  @BeforeEach
  void start() {
    loop.advance(500);
    assertThat(group.status().ready()).isTrue();
    duties.start();
  }

  @AfterEach
  void stop() {
    duties.stop();
    var stopped = host.stop(loop.nanoTime() + 1_000_000_000L);
    loop.advance(2_000);
    assertThat(stopped.succeeded()).isTrue();
    assertThat(halts).isEmpty();
  }

  @Test
  void leaseLivesWhileItIsRenewedAndTakesItsKeysWithIt() {
    long lease = 77;
    done(client.grant(lease, 3));
    put("a", lease);
    put("b", 0);
    for (int i = 0; i < 10; i++) {
      loop.advance(1_000);
      assertThat(done(keepAlives.renew(lease, deadline())).ttlSeconds()).isEqualTo(3);
    }
    assertThat(count()).isEqualTo(2);
    loop.advance(4_000);
    assertThat(count()).isEqualTo(1);
    assertThat(done(keepAlives.renew(lease, deadline())).ttlSeconds()).isZero();
  }

  @Test
  void checkpointsOfStateRunWhileWritesGoOn() {
    for (int i = 0; i < 200; i++) {
      put("key" + i % 10, 0);
      loop.advance(500);
    }
    assertThat(machine.facts().revision()).isEqualTo(201);
    assertThat(count()).isEqualTo(10);
  }

  @Test
  void refusalsOfTheStateReachTheCaller() {
    var refused = client.put("a", 5);
    loop.advance(100);
    assertThat(refusal(refused)).isEqualTo(new Rejection.LeaseNotFound(5));
    var times = client.timeToLive(5);
    loop.advance(100);
    assertThat(TestClient.result(times).response().getTTL()).isEqualTo(-1);
  }

  private void put(String key, long lease) {
    done(client.put(key, lease));
  }

  private long count() {
    return done(client.everyKey()).response().getCount();
  }

  private <T> T done(Future<T> future) {
    loop.advance(10);
    return TestClient.result(future);
  }

  private long deadline() {
    return loop.nanoTime() + 7_000_000_000L;
  }
}
