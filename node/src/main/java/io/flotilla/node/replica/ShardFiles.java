package io.flotilla.node.replica;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.node.storage.Identity;
import io.flotilla.node.storage.NodeFiles;
import io.flotilla.node.storage.Origin;
import io.flotilla.node.storage.RetiredGroups;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.ordered.ShardFounding;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
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

  ShardFiles(ReplicaPorts ports, ReplicaConfig config, Identity identity, NodeFiles files) {
    this.ports = ports;
    this.config = config;
    this.identity = identity;
    this.files = files;
    this.retired = new RetiredGroups(ports.disk(), files);
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
    if (!isFounder(record)) {
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

  /// The groups that this node has given up.
  Set<GroupId> retired() throws IOException {
    return retired.list();
  }

  /// Removes the files of a group that is given up for ever; nobody uses them.
  void remove(GroupId group) throws IOException {
    retired.remove(group);
  }

  /// Removes what earlier processes left of groups that are no more.
  ///
  /// @param named by the root group's state, as of its whole log
  void removeLeftovers(Set<GroupId> named) throws IOException {
    int first = identity.origin().splitKeys().size();
    retired.removeLeftovers(named::contains, group -> group.value() <= first);
  }
}
