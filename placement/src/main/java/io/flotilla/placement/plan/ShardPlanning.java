package io.flotilla.placement.plan;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.proto.admin.PlanRequest;
import io.flotilla.proto.admin.PlanResponse;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.transport.PeerHealth;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.random.RandomGenerator;

/// A node's part in planning shards, put together. On the loop that all replicas of the node share.
public final class ShardPlanning {
  /// @param group the root group's replica here
  /// @param health of the connections to other nodes
  public record Root(NodeId self, Group group, RootMachine machine, PeerHealth health) {
    NodeId leader() {
      return group.status().leader();
    }

    ReplicaView replicas() {
      return ReplicaView.of(machine.groups(), machine.membership().members(), machine.drained());
    }

    /// A member that is to be emptied leads nothing, and one whose keys are not to be trusted.
    boolean isDraining(NodeId node) {
      return machine.drained().contains(node)
          || machine.alarms().active(AlarmType.CORRUPT, node.value());
    }
  }

  /// @param random chooses where the history is looked at
  /// @param meters what is measured of the replicas here
  /// @param change begins what an operator could ask for, where the root group is led
  /// @param handovers those under way, and some that ended
  public record Ports(
      Clock clock,
      Scheduler loop,
      RandomGenerator random,
      ReplicaStats.Meters meters,
      Function<ChangeShardsRequest, Future<ChangeShardsResponse>> change,
      Supplier<List<HandoverStatus>> handovers) {}

  private final ReplicaStats stats;
  private final PlanDriver driver;

  public ShardPlanning(PlannerSettings settings, Root root, Ports ports) {
    stats = new ReplicaStats(root.machine(), root::leader, ports.meters(), ports.random());
    var nodes =
        new NodeViews(
            root.self(), () -> root.group().status().membership(), root.health(), root::isDraining);
    driver =
        new PlanDriver(
            settings,
            new PlanDriver.Ports(
                ports.clock(),
                ports.loop(),
                root.machine()::leads,
                root.machine()::shardMap,
                stats,
                stats,
                nodes,
                root::replicas,
                ports.handovers(),
                ports.change()));
  }

  /// A replica of a shard group was opened here.
  public void add(Group group, ShardGroupMachine machine) {
    stats.add(group.id(), () -> group.status().leader(), machine);
  }

  /// The replica is about to be closed.
  public void remove(GroupId group) {
    stats.remove(group);
  }

  public void start() {
    driver.start();
  }

  public void stop() {
    driver.stop();
  }

  /// As [PlanDriver#answer].
  public PlanResponse answer(PlanRequest request) {
    return driver.answer(request);
  }
}
