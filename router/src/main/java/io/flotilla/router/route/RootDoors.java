package io.flotilla.router.route;

import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.duty.SpaceQuota;
import io.flotilla.placement.service.RootFacts;
import io.flotilla.raft.host.Group;
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

  /// The ways to the group, wherever it is led.
  ///
  /// @param door for keys and leases
  /// @param members for changes of the members, as `MemberErrands.change`
  public record Ways(GroupDoor door, RootMembers.Changes members) {}

  /// @param group the replica on this node
  /// @param callers the loops of requests: one [CurrentLoop] for the event loops of a node
  public static Doors of(Group group, Ways ways, Node node, CallerLoop callers) {
    GroupDoor door = ways.door();
    var replica = new RootMembers.Replica(group::status, group::transferTo);
    return new Doors(
        new RootView(
            node.self(), group::status, node.facts(), () -> StoreSizes.NONE, node.quotaBytes()),
        door,
        new QuotaGate(node.quota(), callers::here),
        new RootLeases(door, node.clock(), callers),
        new RootMembers(door, ways.members(), replica, node.clock(), callers),
        node.storage());
  }
}
