package io.flotilla.placement.handover;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.placement.client.AnywhereDoor;
import io.flotilla.placement.client.ShardAdminCalls;
import io.flotilla.placement.client.ShardDoors;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.micrometer.core.instrument.MeterRegistry;
import io.vertx.core.Future;

/// All that a node does so that keys move between groups, put together. On the loop that all groups
/// share, except for what says otherwise.
public final class HandoverDuties {
  /// @param root the root group's replica here
  /// @param machine its state
  /// @param switching of the coordinator beside it
  public record Parts(Group root, RootMachine machine, ShardDoors doors, RangeSwitch switching) {}

  /// @param doors as those of the node's other doors
  /// @param waiting what may be on its way to the root leader
  public record Settings(
      AnywhereDoor.Ports doors,
      AnywhereDoor.Limits waiting,
      HandoverLimits limits,
      MeterRegistry meters) {}

  private final ShardDoors doors;
  private final ReplicaGroups groups;
  private final HandoverDriver driver;
  private final ShardAdmin admin;
  private final ShardAdminCalls calls;

  /// On the loop, before the root group runs.
  public HandoverDuties(Parts parts, Settings settings) {
    AnywhereDoor.Ports doors = settings.doors();
    var root = new ReplicaRoot(parts.root(), parts.machine());
    this.groups = new ReplicaGroups(parts.root(), parts.machine(), parts.doors(), doors.clock());
    this.doors = parts.doors();
    var metrics = new HandoverMetrics(settings.meters());
    this.driver =
        new HandoverDriver(
            new HandoverDriver.Ports(
                root, groups, parts.switching(), doors.clock(), doors.loop(), metrics),
            settings.limits());
    this.admin =
        new ShardAdmin(
            new ShardAdmin.Ports(
                root, groups::led, driver, this::transfer, doors.clock(), doors.loop()),
            settings.limits());
    this.calls = new ShardAdminCalls(parts.root(), groups::group, admin, doors, settings.waiting());
    parts.machine().onLeadershipChange(() -> doors.loop().execute(driver::look));
  }

  private Future<Boolean> transfer(GroupId group, NodeId to, long deadlineNanos) {
    if (groups.group(group) != null) {
      return calls.transfer(group, to, deadlineNanos);
    }
    try {
      return this.doors.shard(group).transfer(to, deadlineNanos);
    } catch (RejectedException unknown) {
      return Future.failedFuture(unknown);
    }
  }

  /// A replica of a shard group was opened here.
  public void add(Group group, ShardGroupMachine machine) {
    groups.add(group, machine);
  }

  /// The replica is about to be closed.
  public void remove(GroupId group) {
    groups.remove(group);
  }

  /// For whoever is on the loop of the root leader, like the planner.
  public ShardAdmin admin() {
    return admin;
  }

  /// For any node and any thread.
  public ShardAdminCalls calls() {
    return calls;
  }

  public void start() {
    driver.start();
  }

  public void stop() {
    driver.stop();
    calls.stop();
  }
}
