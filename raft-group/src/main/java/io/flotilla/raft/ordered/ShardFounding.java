package io.flotilla.raft.ordered;

import io.flotilla.base.GroupId;
import io.flotilla.base.Invariants;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Revision;
import io.flotilla.raft.core.Membership;
import java.util.List;

/// The beginning of a shard group: all its replicas arrive at the same one, before there is a log.
///
/// @param group never the root group
/// @param ranges that the group serves: ascending, apart from each other, none empty; there are
///     none if it is founded to receive them
/// @param voters the first membership
/// @param revision where the order stands: above it is what the group will change
/// @param compactRevision what is compacted already; -1 if nothing is
public record ShardFounding(
    GroupId group, List<KeyRange> ranges, Membership voters, long revision, long compactRevision) {
  public ShardFounding {
    ranges = List.copyOf(ranges);
    Invariants.check(!group.equals(GroupId.ROOT), "the root group is no shard group");
    Invariants.check(ranges.stream().noneMatch(KeyRange::isEmpty), "a range has keys");
    for (int i = 1; i < ranges.size(); i++) {
      var end = ranges.get(i - 1).end();
      Invariants.check(
          end != null && end.compareTo(ranges.get(i).start()) <= 0,
          "ranges ascend without overlap");
    }
    Invariants.checkAtMost(Revision.FRESH, revision, "a group begins at a revision");
    Invariants.checkAtMost(-1, compactRevision, "no compaction is -1");
    Invariants.checkAtMost(compactRevision, revision, "what is compacted has happened");
  }

  /// A group that is founded with its cluster.
  public ShardFounding(GroupId group, List<KeyRange> ranges, Membership voters) {
    this(group, ranges, voters, Revision.FRESH, -1);
  }
}
