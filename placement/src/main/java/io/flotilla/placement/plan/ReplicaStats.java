package io.flotilla.placement.plan;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.raft.ordered.ShardGroupMachine;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.function.Supplier;
import java.util.function.ToLongFunction;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The figures of the replicas on this node. Owned by the loop that they share.
public final class ReplicaStats implements GroupStats, SplitPoints {
  /// Revisions in which writes count as made lately.
  private static final long LATELY = 50_000;

  private static final int PROBES = 16;
  private static final int RECORDS_OF_PROBE = 32;

  /// What is counted by whoever measures replicas.
  ///
  /// @param reads as [GroupStats#reads]
  /// @param busyNanos as [GroupStats#busyNanos]
  public record Meters(ToLongFunction<GroupId> reads, ToLongFunction<GroupId> busyNanos) {
    /// Nobody measures.
    public static final Meters NONE = new Meters(_ -> 0, _ -> 0);
  }

  /// The keys of a replica, whichever machine it runs.
  private interface Keys {
    long count(KeyRange range);

    @Nullable Key at(KeyRange range, long below);

    List<Key> changed(KeyRange range, long fromRevision);

    long bytes();
  }

  private record Open(Supplier<NodeId> leader, Keys keys) {}

  private final RootMachine root;
  private final Meters meters;
  private final RandomGenerator random;
  private final TreeMap<GroupId, Open> open = new TreeMap<>();
  // of each shard group there ever was while this node ran
  private final TreeMap<GroupId, Long> ordered = new TreeMap<>();

  /// @param leader of the root group as its replica here knows it
  public ReplicaStats(
      RootMachine root, Supplier<NodeId> leader, Meters meters, RandomGenerator random) {
    this.root = root;
    this.meters = meters;
    this.random = random;
    open.put(GroupId.ROOT, new Open(leader, new RootKeys(root)));
  }

  private record RootKeys(RootMachine machine) implements Keys {
    @Override
    public long count(KeyRange range) {
      return machine.liveKeys(range);
    }

    @Override
    public @Nullable Key at(KeyRange range, long below) {
      return machine.liveKey(range, below);
    }

    @Override
    public List<Key> changed(KeyRange range, long fromRevision) {
      return machine.changedKeys(range, fromRevision, RECORDS_OF_PROBE);
    }

    @Override
    public long bytes() {
      return machine.storeBytes();
    }
  }

  private record ShardKeys(ShardGroupMachine machine) implements Keys {
    @Override
    public long count(KeyRange range) {
      return machine.liveKeys(range);
    }

    @Override
    public @Nullable Key at(KeyRange range, long below) {
      return machine.liveKey(range, below);
    }

    @Override
    public List<Key> changed(KeyRange range, long fromRevision) {
      return machine.changedKeys(range, fromRevision, RECORDS_OF_PROBE);
    }

    @Override
    public long bytes() {
      return machine.storeBytes();
    }
  }

  /// A replica of a shard group was opened here.
  ///
  /// @param leader of the group as the replica knows it
  public void add(GroupId group, Supplier<NodeId> leader, ShardGroupMachine machine) {
    open.put(group, new Open(leader, new ShardKeys(machine)));
  }

  /// The replica is about to be closed.
  public void remove(GroupId group) {
    open.remove(group);
  }

  @Override
  public SortedSet<GroupId> groups() {
    return Collections.unmodifiableSortedSet(open.navigableKeySet());
  }

  @Override
  public NodeId leader(GroupId group) {
    Open replica = open.get(group);
    return replica == null ? NodeId.NONE : replica.leader().get();
  }

  @Override
  public long bytes(GroupId group) {
    Open replica = open.get(group);
    return replica == null ? 0 : bytes(group, replica.keys());
  }

  /// What a group gave away stays in its store for a while and does not count.
  private long bytes(GroupId group, Keys keys) {
    long all = keys.count(KeyRange.ALL);
    long own = 0;
    for (Shard shard : root.shardMap().shards()) {
      own += shard.group().equals(group) ? keys.count(shard.range()) : 0;
    }
    return all == 0 ? keys.bytes() : (long) ((double) keys.bytes() * own / all);
  }

  /// The root group's are all that no shard group made.
  @Override
  public long writes(GroupId group) {
    root.orders().forEach((shards, order) -> ordered.put(shards, order.getOrdered()));
    return group.equals(GroupId.ROOT)
        ? root.revision() - ordered.values().stream().mapToLong(Long::longValue).sum()
        : ordered.getOrDefault(group, 0L);
  }

  @Override
  public long reads(GroupId group) {
    return meters.reads().applyAsLong(group);
  }

  @Override
  public long busyNanos(GroupId group) {
    return meters.busyNanos().applyAsLong(group);
  }

  // ---- where keys lie

  @Override
  public long keys(GroupId group, KeyRange range) {
    Open replica = open.get(group);
    return replica == null ? 0 : replica.keys().count(range);
  }

  @Override
  public @Nullable Key key(GroupId group, KeyRange range, long below) {
    Open replica = open.get(group);
    return replica == null ? null : replica.keys().at(range, below);
  }

  /// Looks at the history in a few places.
  @Override
  public List<Key> written(GroupId group, KeyRange range) {
    Open replica = open.get(group);
    if (replica == null) {
      return List.of();
    }
    long newest = root.revision();
    long oldest = Math.max(1, newest - LATELY);
    List<Key> found = new ArrayList<>();
    for (int probe = 0; probe < PROBES; probe++) {
      found.addAll(replica.keys().changed(range, random.nextLong(oldest, newest + 1)));
    }
    return found;
  }
}
