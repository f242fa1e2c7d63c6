package io.flotilla.placement.plan;

import io.flotilla.base.GroupId;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.admin.HandoverStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Makes views of what the node knows; keeps what rates are made of.
final class Sight {
  private static final long NANOS_PER_MILLI = 1_000_000;
  private static final double NANOS_PER_SECOND = 1e9;

  private final PlanDriver.Ports ports;
  private final Rates writes = new Rates();
  private final Rates reads = new Rates();
  private final Rates busy = new Rates();

  Sight(PlanDriver.Ports ports) {
    this.ports = ports;
  }

  /// How the cluster is now; null while a group that serves keys and is on every member has no
  /// replica here.
  ///
  /// @param asked changes without an answer: they count as handovers
  @Nullable ClusterView look(List<HandoverView> asked) {
    ShardMap map = ports.map().get();
    ReplicaView replicas = ports.replicas().get();
    Set<GroupId> groups = new TreeSet<>(replicas.placed().keySet());
    groups.addAll(ports.stats().groups());
    if (!map.shards().stream().allMatch(shard -> groups.contains(shard.group()))) {
      return null;
    }
    long nowMillis = ports.clock().nanoTime() / NANOS_PER_MILLI;
    SortedMap<GroupId, Long> keys = keys(map, groups);
    var loads = new TreeMap<GroupId, GroupLoad>();
    groups.forEach(group -> loads.put(group, load(group, keys.get(group), replicas, nowMillis)));
    writes.retain(groups);
    reads.retain(groups);
    busy.retain(groups);
    List<HandoverView> underWay = new ArrayList<>(asked);
    underWay.addAll(underWay());
    return new ClusterView(
        nowMillis, shards(map, keys), loads, ports.nodes().get(), underWay, replicas);
  }

  private SortedMap<GroupId, Long> keys(ShardMap map, Set<GroupId> groups) {
    var keys = new TreeMap<GroupId, Long>();
    groups.forEach(group -> keys.put(group, 0L));
    for (Shard shard : map.shards()) {
      keys.merge(shard.group(), ports.points().keys(shard.group(), shard.range()), Long::sum);
    }
    return keys;
  }

  private GroupLoad load(GroupId group, long keys, ReplicaView replicas, long nowMillis) {
    GroupStats stats = ports.stats();
    return new GroupLoad(
        group,
        stats.leader(group),
        stats.bytes(group),
        keys,
        writes.note(group, stats.writes(group), nowMillis),
        reads.note(group, stats.reads(group), nowMillis),
        busy.note(group, stats.busyNanos(group), nowMillis) / NANOS_PER_SECOND,
        stats.groups().contains(group),
        replicas.nodes(group));
  }

  private List<ShardLoad> shards(ShardMap map, SortedMap<GroupId, Long> keysOfGroups) {
    List<ShardLoad> shards = new ArrayList<>();
    for (Shard shard : map.shards()) {
      long all = keysOfGroups.getOrDefault(shard.group(), 0L);
      long keys = ports.points().keys(shard.group(), shard.range());
      double share = all == 0 ? onlyShardShare(map, shard) : Math.min(1.0, (double) keys / all);
      shards.add(new ShardLoad(shard.range(), shard.group(), keys, share));
    }
    return shards;
  }

  /// Without keys: an only shard is all of its group, others take equal parts.
  private static double onlyShardShare(ShardMap map, Shard shard) {
    return 1.0 / map.shards().stream().filter(other -> other.group().equals(shard.group())).count();
  }

  private List<HandoverView> underWay() {
    return ports.handovers().get().stream().filter(Sight::isUnderWay).map(Sight::view).toList();
  }

  private static boolean isUnderWay(HandoverStatus status) {
    return switch (status.getPhase()) {
      case STARTING, COPYING, SWITCHING -> true;
      case DONE, ABANDONED, UNRECOGNIZED -> false;
    };
  }

  private static HandoverView view(HandoverStatus status) {
    var handover = status.getHandover();
    return new HandoverView(
        handover.getNumber(), new GroupId(handover.getFrom()), new GroupId(handover.getTo()));
  }
}
