package io.flotilla.placement.plan;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;

/// How a shard is, in figures: those of its group, or its part of them if the group has several.
///
/// @param share of the group's keys, from 0 to 1
public record ShardLoad(KeyRange range, GroupId group, long keys, double share) {
  public ShardLoad {
    check(!range.isEmpty(), "a shard has room for keys");
    check(keys >= 0 && share >= 0 && share <= 1, "a shard is a part of its group");
  }

  Key start() {
    return range.start();
  }

  double writesPerSecond(GroupLoad load) {
    return load.writesPerSecond() * share;
  }

  double readsPerSecond(GroupLoad load) {
    return load.readsPerSecond() * share;
  }

  double cpuShare(GroupLoad load) {
    return load.cpuShare() * share;
  }

  long bytes(GroupLoad load) {
    return (long) (load.bytes() * share);
  }
}
