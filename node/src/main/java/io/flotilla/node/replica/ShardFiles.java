package io.flotilla.node.replica;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.node.storage.DroppedReplicas;
import io.flotilla.node.storage.DroppedReplicas.Dropped;
import io.flotilla.node.storage.Identity;
import io.flotilla.node.storage.NodeFiles;
import io.flotilla.node.storage.Origin;
import io.flotilla.node.storage.RetiredGroups;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.raft.core.HardState;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.log.LogCheck;
import io.flotilla.raft.ordered.ShardFounding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.stream.Collectors;

/// What a node has on its disk for shard groups: reads, founds and removes it. Everything here
/// blocks, and is done by one thread at a time.
final class ShardFiles {
  private static final long NOTHING_COMPACTED = -1;

  private final ReplicaPorts ports;
  private final ReplicaConfig config;
  private final Identity identity;
  private final NodeFiles files;
  private final RetiredGroups retired;
  private final DroppedReplicas droppedReplicas;
  private final Map<GroupId, Dropped> dropped = new ConcurrentSkipListMap<>();

  ShardFiles(ReplicaPorts ports, ReplicaConfig config, Identity identity, NodeFiles files) {
    this.ports = ports;
    this.config = config;
    this.identity = identity;
    this.files = files;
    this.retired = new RetiredGroups(ports.disk(), files);
    this.droppedReplicas = new DroppedReplicas(ports.disk(), files);
  }

  /// A replica of a group that the root group's state names.
  ///
  /// @param map of the root group's state as it was read
  /// @param hasRun whether this node has run before, so that such a group must have files
  /// @throws CorruptionException when a file is damaged, or all of them are missing
  /// @throws io.flotilla.storage.wal.WalRefusedException when the log is another group's
  /// @throws IOException when the disk fails
  ShardReplica read(GroupRecord record, ShardMap map, boolean hasRun) throws IOException {
    var group = new GroupId(record.getGroup());
    Dropped was = dropped.get(group);
    if (was != null && !was.back()) {
      comeBack(group, was.backAt(record.getPlacement()));
    }
    if (was != null || !isFounder(record)) {
      return ShardReplica.read(ports, config, files, group, null);
    }
    boolean isFirst = record.getRevision() == 0;
    if (isFirst && hasRun) {
      requireFiles(group);
    }
    var founding = isFirst ? first(group, record, firstMap(map)) : later(group, record);
    return ShardReplica.read(ports, config, files, group, founding);
  }

  private boolean isFounder(GroupRecord record) {
    return record.getFoundersList().contains(identity.node().value());
  }

  /// The groups that the cluster began with have files before one of them runs. A founder without
  /// would forget what it voted for. Groups that are founded later come while the node runs, which
  /// may end before it has made their files.
  private void requireFiles(GroupId group) throws IOException {
    Path directory = files.group(group);
    if (!ports.disk().exists(directory)) {
      throw new CorruptionException(
          directory, 0, "group " + group + " is missing: this node has run it before");
    }
  }

  /// A group whose log was never cut begins anew with each start, and its map may have changed
  /// since.
  private ShardMap firstMap(ShardMap now) {
    Origin origin = identity.origin();
    return origin.kind() == Origin.Kind.FOUNDED ? origin.shardMap() : now;
  }

  private static ShardFounding first(GroupId group, GroupRecord record, ShardMap map) {
    return new ShardFounding(
        group,
        map.shards().stream()
            .filter(shard -> shard.group().equals(group))
            .map(Shard::range)
            .toList(),
        voters(record));
  }

  private static ShardFounding later(GroupId group, GroupRecord record) {
    long compacted = record.getCompactRevision();
    return new ShardFounding(
        group,
        List.of(),
        voters(record),
        record.getRevision(),
        compacted == 0 ? NOTHING_COMPACTED : compacted);
  }

  private static Membership voters(GroupRecord record) {
    Set<NodeId> founders =
        record.getFoundersList().stream().map(NodeId::new).collect(Collectors.toSet());
    return Membership.ofVoters(founders);
  }

  /// An empty replica that knows the term that the last one had seen, and its vote.
  private void comeBack(GroupId group, Dropped back) throws IOException {
    retired.removeFiles(group);
    var state = new HardState(back.term(), back.vote(), 0);
    ReplicaLog.begin(ports, files, group, config.shardSegmentBytes(), state);
    remember(group, back);
  }

  private void remember(GroupId group, Dropped what) throws IOException {
    droppedReplicas.write(group, what);
    dropped.put(group, what);
  }

  /// Removes the replica of a group that goes on elsewhere; nobody uses its files. What it voted
  /// for is kept. One that there is none of, and one that was removed in part, is fine.
  ///
  /// @param placement of the group, as its record counts
  /// @throws CorruptionException when the log is damaged, so that nobody knows the vote
  void drop(GroupId group, long placement) throws IOException {
    Dropped was = dropped.get(group);
    boolean isGone = was != null && !was.back();
    HardState state = isGone ? new HardState(was.term(), was.vote(), 0) : hardState(group);
    remember(group, new Dropped(false, placement, state.term(), state.vote()));
    retired.removeFiles(group);
  }

  private HardState hardState(GroupId group) throws IOException {
    Path log = files.wal(group);
    if (!ports.disk().exists(log)) {
      return HardState.FRESH;
    }
    LogCheck.Report report = LogCheck.run(ports.disk(), log, group);
    return report
        .log()
        .orElseThrow(() -> new CorruptionException(log, 0, "the vote in it cannot be read"))
        .hardState();
  }

  /// What became of replicas here that their groups were rid of, and of those that came back; any
  /// thread.
  Map<GroupId, Dropped> dropped() {
    return dropped;
  }

  /// The groups that this node has given up. Before anything else is asked for.
  Set<GroupId> retired() throws IOException {
    dropped.putAll(droppedReplicas.list());
    for (var each : dropped.entrySet()) {
      if (!each.getValue().back()) {
        retired.removeFiles(each.getKey()); // of a removal that did not come to its end
      }
    }
    return retired.list();
  }

  /// Removes the files of a group that is given up for ever; nobody uses them.
  void remove(GroupId group) throws IOException {
    retired.remove(group);
    forget(group);
  }

  private void forget(GroupId group) throws IOException {
    droppedReplicas.forget(group);
    dropped.remove(group);
  }

  /// Removes what earlier processes left of groups that are no more.
  ///
  /// @param named by the root group's state, as of its whole log
  void removeLeftovers(Set<GroupId> named) throws IOException {
    for (GroupId group : List.copyOf(dropped.keySet())) {
      if (!named.contains(group)) {
        forget(group);
      }
    }
    int first = identity.origin().splitKeys().size();
    retired.removeLeftovers(named::contains, group -> group.value() <= first);
  }
}
