package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import java.util.List;

/// Which nodes have replicas of the shard groups, as the root group's replica here says. On the
/// loop.
public interface GroupSites {
  /// Knows of no replica on another node, so that groups are reached by their replicas here only.
  GroupSites HERE_ONLY =
      new GroupSites() {
        @Override
        public List<GroupId> groups() {
          return List.of();
        }

        @Override
        public boolean exists(GroupId group) {
          return false;
        }

        @Override
        public boolean isWanted(GroupId group) {
          return true;
        }

        @Override
        public boolean isEverywhere(GroupId group) {
          return true;
        }

        @Override
        public List<NodeId> others(GroupId group) {
          return List.of();
        }
      };

  /// All that exist, ascending.
  List<GroupId> groups();

  boolean exists(GroupId group);

  /// Whether this node shall have a replica. One that shall not, and has one, is about to lose it.
  boolean isWanted(GroupId group);

  /// Whether every member of the cluster shall have a replica.
  boolean isEverywhere(GroupId group);

  /// The other nodes that may have a replica, in the order of asking; none for a group that does
  /// not exist.
  List<NodeId> others(GroupId group);
}
