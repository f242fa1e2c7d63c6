package io.flotilla.simulation.rule;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.order.JournalListener;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.simulation.world.Cluster;
import io.flotilla.simulation.world.Findings;
import io.flotilla.simulation.world.SimNode;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Which group serves which keys at which revision, as the root group's replicas tell it: every one
/// of them changes the map at the same place in the order, and leaves no epoch out.
public final class ShardMaps implements Cluster.Observer {
  /// A map and the newest revision that is not under it.
  private record Version(ShardMap map, long after) {}

  private final Findings findings;
  private final TreeMap<Long, Version> versions = new TreeMap<>();

  public ShardMaps(Cluster cluster, Findings findings) {
    this.findings = findings;
    cluster.observe(this);
  }

  @Override
  public void onStarted(SimNode node) {
    RootMachine machine = node.replica().machine();
    if (versions.isEmpty()) {
      learn(node, machine.shardMap(), 0); // every founder begins with the same
    }
    machine.observe(
        new JournalListener() {
          @Override
          public void onMapChanged(ShardMap map) {
            learn(node, map, machine.revision());
          }
        });
  }

  private void learn(SimNode node, ShardMap map, long revision) {
    var version = new Version(map, revision);
    Version known = versions.putIfAbsent(map.epoch().value(), version);
    findings.require(
        known == null || known.equals(version),
        "a map changes at one place in the order",
        node.machine() + ": " + known + " and " + version);
    Version before = versions.get(map.epoch().value() - 1);
    findings.require(
        known != null || before != null || versions.size() == 1,
        "maps follow each other",
        node.machine() + ": " + version + " with " + versions.keySet());
  }

  /// The map that gave a revision's mutations their group.
  public ShardMap at(long revision) {
    ShardMap newest = versions.firstEntry().getValue().map();
    for (Version version : versions.values()) {
      if (version.after() < revision) {
        newest = version.map();
      }
    }
    return newest;
  }

  public ShardMap newest() {
    return versions.lastEntry().getValue().map();
  }

  /// Whether a group may take these keys for its own when everything up to a revision has happened
  /// and nothing behind it: at the revision of a change it may be before or behind it.
  boolean mayOwn(GroupId group, List<KeyRange> ranges, long revision) {
    Version last = null;
    for (Version version : versions.values()) {
      if (last != null && revision <= version.after() && revision >= last.after()) {
        if (owns(last.map(), group, ranges)) {
          return true;
        }
      }
      last = version;
    }
    return last != null && revision >= last.after() && owns(last.map(), group, ranges);
  }

  private static boolean owns(ShardMap map, GroupId group, List<KeyRange> ranges) {
    return map.ranges(group).equals(ranges);
  }

  /// For people.
  @Override
  public String toString() {
    var text = new StringBuilder();
    for (Map.Entry<Long, Version> entry : versions.entrySet()) {
      text.append(entry.getKey()).append(" after ").append(entry.getValue().after()).append(' ');
    }
    return text.toString();
  }
}
