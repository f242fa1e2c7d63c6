package io.flotilla.router.route;

import io.flotilla.base.GroupId;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.raft.shard.OwnKeys;
import java.util.Collection;
import java.util.function.Supplier;

/// The map that a read about whole groups goes by. Each of them leaves out keys that are not its
/// own, so together they have every key exactly once if the keys of each are those of this map
/// while it is read.
///
/// @param newest the map of the root group's replica here, which is that of its keys; any thread
record WholeMap(ShardMap map, Supplier<ShardMap> newest) {
  OwnKeys keysOf(GroupId group) {
    return new OwnKeys(map.ranges(group));
  }

  /// After the groups' answers, that of the root group among them.
  ///
  /// @throws StaleMoment if the root group may have had other keys than those of this map
  void checkRoot(Collection<GroupId> asked) {
    if (asked.contains(GroupId.ROOT) && !newest.get().epoch().equals(map.epoch())) {
      throw new StaleMoment();
    }
  }
}
