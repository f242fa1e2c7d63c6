package io.flotilla.router.route;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.duty.SpaceQuota;
import io.flotilla.placement.service.RootFacts;
import io.flotilla.raft.host.Group;
import java.util.Map;
import java.util.function.Supplier;

/// The doors of a node whose root group serves every key.
public final class RootDoors {
  private RootDoors() {}

  /// What belongs to this node.
  ///
  /// @param quotaBytes as clients are told; [Long#MAX_VALUE] for none
  public record Node(
      NodeId self,
      Clock clock,
      Supplier<RootFacts> facts,
      SpaceQuota quota,
      long quotaBytes,
      StorageDoor storage) {}

  public static Doors of(Group group, Node node) {
    var loop = new CurrentLoop();
    var router =
        new ShardRouter(
            () -> node.facts().get().shardMap(), Map.of(GroupId.ROOT, GroupDoor.of(group)));
    GroupDoor door = new PatientDoor(router, node.clock(), loop, new Rejection.TimedOut());
    // Lease calls say what was missing (etcd behaviour).
    GroupDoor lessor = new PatientDoor(router, node.clock(), loop, new Rejection.NoLeader());
    return new Doors(
        new RootView(node.self(), group::status, node.facts(), node.quotaBytes()),
        door,
        new QuotaGate(node.quota(), CurrentLoop::executor),
        new RootLeases(lessor, node.clock(), loop),
        new RootMembers(door, group::status, group::transferTo, node.clock(), loop),
        node.storage());
  }
}
