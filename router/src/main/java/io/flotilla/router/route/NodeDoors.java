package io.flotilla.router.route;

import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.client.ShardDoors;
import io.flotilla.placement.duty.SpaceQuota;
import io.flotilla.placement.service.RootFacts;
import io.flotilla.raft.host.Group;
import io.vertx.core.Future;
import java.util.function.Supplier;

/// The doors of a node, over all groups of the cluster.
public final class NodeDoors {
  private NodeDoors() {}

  /// What belongs to this node.
  ///
  /// @param facts of the root group's replica; any thread
  /// @param shards sizes of the replicas of shard groups, together; any thread, cheap
  /// @param quota counts the stores of all groups
  /// @param limits of this node
  public record Node(
      NodeId self,
      Clock clock,
      Supplier<RootFacts> facts,
      Supplier<StoreSizes> shards,
      SpaceQuota quota,
      Limits limits,
      StorageDoor storage) {}

  /// @param quotaBytes as clients are told; [Long#MAX_VALUE] for none
  /// @param answerBytes most memory for answers that are being gathered from several groups, all
  ///     together: a share of the heap
  public record Limits(long quotaBytes, long answerBytes) {}

  /// The ways to the groups, wherever they are led.
  ///
  /// @param loop of all groups on this node
  /// @param members for changes of the members, as `MemberErrands.change`
  /// @param applied asks the members how far they are
  public record Ways(
      ShardDoors groups, Scheduler loop, RootMembers.Changes members, Applied applied) {}

  /// As `AppliedCalls.everyMember`.
  @FunctionalInterface
  public interface Applied {
    Future<Boolean> everyMember(long deadlineNanos);
  }

  /// @param root the root group's replica on this node
  /// @param callers the loops of requests: one [CurrentLoop] for the event loops of a node
  public static Doors of(Group root, Ways ways, Node node, CallerLoop callers) {
    var groups = new ShardGroups(ways.groups(), ways.loop(), callers);
    GroupDoor router =
        new ShardRouter(
            node.facts(),
            groups,
            new AnswerMemory(node.limits().answerBytes()),
            new Retries(node.clock(), callers));
    var replica = new RootMembers.Replica(root::status, root::transferTo);
    return new Doors(
        new RootView(
            node.self(), root::status, node.facts(), node.shards(), node.limits().quotaBytes()),
        router,
        new QuotaGate(node.quota(), callers::here),
        new RootLeases(router, node.clock(), callers),
        new RootMembers(router, ways.members(), replica, node.clock(), callers),
        node.storage(),
        new RootAuth(node.facts(), ways.applied()));
  }
}
