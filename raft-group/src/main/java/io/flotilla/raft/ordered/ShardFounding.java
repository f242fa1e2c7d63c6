package io.flotilla.raft.ordered;

import io.flotilla.base.GroupId;
import io.flotilla.base.Invariants;
import io.flotilla.base.KeyRange;
import io.flotilla.raft.core.Membership;
import java.util.List;

/// The beginning of a shard group: all its replicas arrive at the same one, before there is a log.
///
/// @param group never the root group
/// @param ranges that the group serves: ascending, apart from each other, none empty
/// @param voters the first membership
public record ShardFounding(GroupId group, List<KeyRange> ranges, Membership voters) {
  public ShardFounding {
    ranges = List.copyOf(ranges);
    Invariants.check(!group.equals(GroupId.ROOT), "the root group is no shard group");
    Invariants.check(!ranges.isEmpty(), "a founded group serves keys");
    Invariants.check(ranges.stream().noneMatch(KeyRange::isEmpty), "a range has keys");
    for (int i = 1; i < ranges.size(); i++) {
      var end = ranges.get(i - 1).end();
      Invariants.check(
          end != null && end.compareTo(ranges.get(i).start()) <= 0,
          "ranges ascend without overlap");
    }
  }
}
