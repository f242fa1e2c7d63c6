package io.flotilla.node.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.ordered.ShardFounding;
import io.flotilla.raft.ordered.ShardGroupConfig;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.shard.ShardConfig;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.SimDisk;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class GroupMetricsTest {
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final StoreOperations operations = new StoreOperations(meters);
  private final GroupMetrics metrics =
      new GroupMetrics(
          meters,
          Clock.system(),
          new ReadWork(new PrometheusRegistry(), Clock.system(), operations),
          operations);
  private ShardGroupMachine machine;

  @BeforeEach
  void open() throws IOException {
    var disk = new SimDisk();
    disk.createDirectories(Path.of("/snap"));
    var tree = TreeFile.open(disk, Path.of("/snap/db"), TreeFileConfig.standard());
    var founding =
        new ShardFounding(
            new GroupId(1), List.of(KeyRange.ALL), Membership.ofVoters(List.of(new NodeId(1))));
    var config = new ShardGroupConfig(ShardConfig.DEFAULT, 1 << 20, 1_000_000);
    machine = ShardGroupMachine.open(tree, config, founding, Clock.system());
  }

  @AfterEach
  void close() {
    machine.close();
  }

  private long labelled() {
    return meters.find("flotilla.group.keys").gauges().size();
  }

  @Test
  void seriesOfAGroupEndWithItAndItsPlaceGoesToAnother() {
    int all = GroupMetrics.LABELLED + 1;
    for (int group = 1; group <= all; group++) {
      metrics.measured(new GroupId(group), machine);
    }
    String last = Integer.toString(all);
    assertThat(labelled()).isEqualTo(GroupMetrics.LABELLED);
    assertThat(meters.find("flotilla.group.keys").tag("group", last).gauge()).isNull();
    metrics.forget(new GroupId(3));
    assertThat(meters.find("flotilla.group.keys").tag("group", "3").gauge()).isNull();
    Gauge taken = meters.find("flotilla.group.keys").tag("group", last).gauge();
    assertThat(taken).isNotNull();
    assertThat(labelled()).isEqualTo(GroupMetrics.LABELLED);
    assertThat(metrics.work(new GroupId(3))).isNull();
  }

  @Test
  void whatAReplicaHadToDoAddsUp() {
    var measured = metrics.measured(new GroupId(1), machine);
    Work work = metrics.work(new GroupId(1));
    assertThat(work).isNotNull();
    assertThat(work.reads()).isZero();
    var run = measured.query(new ShardQuery.HashKv(0));
    while (run.step(100)) {
      assertThat(run.rejection()).isNull();
    }
    run.close();
    assertThat(work.reads()).isEqualTo(1);
    assertThat(work.busyNanos()).isPositive();
  }
}
