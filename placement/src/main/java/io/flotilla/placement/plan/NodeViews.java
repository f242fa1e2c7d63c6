package io.flotilla.placement.plan;

import io.flotilla.base.NodeId;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.transport.PeerHealth;
import java.util.List;
import java.util.function.Predicate;
import java.util.function.Supplier;

/// The nodes with a vote as this one sees them. On the loop.
///
/// @param members of the root group
/// @param draining whether a member is to lead nothing: it is about to go, or not to be trusted
public record NodeViews(
    NodeId self, Supplier<Membership> members, PeerHealth health, Predicate<NodeId> draining)
    implements Supplier<List<NodeView>> {
  @Override
  public List<NodeView> get() {
    return members.get().voters().stream()
        .sorted()
        .map(
            node ->
                new NodeView(
                    node, node.equals(self) || health.isReachable(node), draining.test(node)))
        .toList();
  }
}
