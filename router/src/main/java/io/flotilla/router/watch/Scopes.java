package io.flotilla.router.watch;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.raft.shard.OwnKeys;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// The groups of the node and the scopes that watchers look at them through, after the shard map.
/// On the hub's loop.
final class Scopes {
  private static final OwnKeys NOTHING = new OwnKeys(List.of());

  private final WatchHub hub;
  private final MutationMerger merger;
  private final WatchedGroup root;
  private final Map<GroupId, WatchedGroup> groups = new TreeMap<>();
  private final Map<List<GroupId>, MergedScope> merged = new HashMap<>();
  private ShardMap map = ShardMap.initial();
  private final Map<GroupId, OwnKeys> keys = new HashMap<>();
  private long newest;
  private boolean advanceScheduled;
  private int feeds;

  /// @param heldBytes what may be held for watchers that wait for a slower group
  Scopes(WatchHub hub, WatchSource source, long heldBytes) {
    this.hub = hub;
    this.merger = new MutationMerger(heldBytes);
    this.root = new WatchedGroup(hub, this, merger, GroupId.ROOT);
    root.show(source);
    groups.put(GroupId.ROOT, root);
    map(map);
  }

  WatchedGroup root() {
    return root;
  }

  WatchedGroup group(GroupId id) {
    return groups.computeIfAbsent(id, each -> new WatchedGroup(hub, this, merger, each));
  }

  /// The newest revision that anything on this node is known to have come to. Never goes back, even
  /// when the group that was the first goes.
  long newest() {
    if (groups.size() == 1) {
      return root.revision();
    }
    for (WatchedGroup group : groups.values()) {
      newest = Math.max(newest, group.newest());
    }
    return newest;
  }

  /// What a watcher of the scope may start at. Compaction reaches the root group first, and nobody
  /// who heard that it happened may still read what is below in another group.
  long compactRevision(Scope scope) {
    long revision = root.compactRevision();
    for (WatchedGroup group : scope.groups()) {
      revision = Math.max(revision, group.compactRevision());
    }
    return revision;
  }

  // ---- the map

  void map(ShardMap next) {
    OwnKeys rootKeys = keysOf(GroupId.ROOT);
    map = next;
    keys.clear();
    Map<GroupId, List<KeyRange>> ranges = new HashMap<>();
    for (Shard shard : next.shards()) {
      ranges.computeIfAbsent(shard.group(), _ -> new ArrayList<>()).add(shard.range());
    }
    ranges.forEach((group, own) -> keys.put(group, new OwnKeys(own).joined()));
    if (!rootKeys.equals(keysOf(GroupId.ROOT))) {
      loseViews(root);
    }
  }

  /// Views of the group lack what others did to the keys that it has now. Other groups than the
  /// root group are hidden when their keys change.
  private void loseViews(WatchedGroup group) {
    for (MergedScope scope : List.copyOf(merged.values())) {
      if (scope.groups().contains(group)) {
        scope.interrupt();
      }
    }
    advanceLater();
  }

  /// The keys that the map gives a group.
  OwnKeys keysOf(GroupId group) {
    return keys.getOrDefault(group, NOTHING);
  }

  /// Whether keys are those that the map gives the group.
  boolean isAsMapped(GroupId group, OwnKeys own) {
    return own.joined().equals(keysOf(group));
  }

  /// All groups but the root group, ascending.
  List<WatchedGroup> shardGroups() {
    return groups.values().stream().filter(group -> group != root).toList();
  }

  /// Forgets groups that the map does not name and that have no replica here (any more).
  void forgetUnused() {
    newest();
    groups
        .values()
        .removeIf(group -> group != root && !group.hasReplica() && !keys.containsKey(group.id()));
  }

  /// A replica elsewhere is followed (`1`), or ceases to be (`-1`).
  void countFeeds(int change) {
    feeds += change;
    hub.followed(feeds);
  }

  /// @param range not empty
  Scope of(KeyRange range) {
    GroupId only = map.onlyGroup(range);
    if (only != null) {
      return group(only);
    }
    List<GroupId> ids = map.locate(range).stream().map(Shard::group).distinct().sorted().toList();
    return merged.computeIfAbsent(
        ids, key -> new MergedScope(this, hub, merger, key.stream().map(this::group).toList()));
  }

  /// Nobody looks through the scope any more.
  void forget(MergedScope scope) {
    merged.values().remove(scope);
  }

  // ---- the feed

  void onOrdered(long first, long last, List<GroupId> owners) {
    merger.onOrdered(first, last, owners);
    onHeld();
  }

  void onFed(long revision) {
    merger.onFed(revision);
    advanceLater();
  }

  /// The merger may hold more than before.
  void onHeld() {
    if (merger.isOverfull()) {
      advance();
      merger.dropLaggards();
      hub.held(merger.heldBytes());
    }
    advanceLater();
  }

  /// Groups may be complete to a newer revision. One round for everything that a turn brings.
  void advanceLater() {
    if (!advanceScheduled && hasFollowers()) {
      advanceScheduled = true;
      hub.later(
          () -> {
            advanceScheduled = false;
            advance();
          });
    }
  }

  private boolean hasFollowers() {
    return feeds > 0 || !merged.isEmpty() || groups.values().stream().anyMatch(Scope::hasWaiting);
  }

  private void advance() {
    if (feeds > 0) {
      shardGroups().stream().filter(WatchedGroup::isFollowed).forEach(hub::look);
    }
    List.copyOf(merged.values()).forEach(MergedScope::advance);
    groups.values().forEach(WatchedGroup::advance);
    hub.held(merger.heldBytes());
  }

  // ---- states that were not told of

  /// Runs `change`, after which mutations of a group are in its history, or gone, without having
  /// been told.
  void interrupt(WatchedGroup group, Runnable change) {
    boolean feedLost = group == root;
    List<MergedScope> concerned = new ArrayList<>();
    for (MergedScope scope : merged.values()) {
      if (feedLost || scope.groups().contains(group)) {
        concerned.add(scope);
      }
    }
    concerned.forEach(MergedScope::interrupt);
    change.run();
    if (feedLost) {
      merger.onFeedLost(root.revision());
    }
    advanceLater();
  }
}
