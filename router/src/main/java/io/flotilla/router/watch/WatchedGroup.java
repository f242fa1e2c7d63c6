package io.flotilla.router.watch;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.base.GroupId;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.MutationListener;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One group of the node as its watchers know it: where its mutations come in, and the scope of
/// watchers that look at no other group. They hear of a mutation in the call that tells it.
///
/// A group is shown while its replica here has the keys that the map gives it. One that is not
/// shown, or has no replica here, is complete to 0 and tells nothing: its watchers wait.
final class WatchedGroup extends Scope implements GroupHistory, MutationListener {
  private final WatchHub hub;
  private final Scopes scopes;
  private final MutationMerger merger;
  private final GroupId id;
  private final List<WatchedGroup> itself = List.of(this);
  private @Nullable ShardGroupHistory replica;
  private @Nullable GroupHistory history;
  private int mergedScopes;

  /// Mutations up to here were told, or are in the history of a state that was not told.
  private long heardTo;

  /// [#heardTo] when the state was replaced, or hidden. One that has processed less comes to
  /// mutations again that are not news.
  private long replacedAt;

  WatchedGroup(WatchHub hub, Scopes scopes, MutationMerger merger, GroupId id) {
    super(hub);
    this.hub = hub;
    this.scopes = scopes;
    this.merger = merger;
    this.id = id;
  }

  GroupId id() {
    return id;
  }

  /// The replica here; null when there is none (any more). A shown group is hidden first.
  void replica(@Nullable ShardGroupHistory newReplica) {
    check(history == null, "watchers see no replica that comes or goes");
    replica = newReplica;
  }

  boolean hasReplica() {
    return replica != null;
  }

  /// Whether the replica here has the keys that the map gives the group.
  boolean isAsMapped() {
    return replica != null && scopes.isAsMapped(id, replica.own());
  }

  boolean isShown() {
    return history != null;
  }

  /// Shows what the replica here has, from now on.
  void show() {
    history = replica;
  }

  /// Shows a history that is always that of the keys which the map gives the group.
  void show(GroupHistory always) {
    history = always;
  }

  /// What was told stays told, also when the replica comes back with a state that lacks it.
  void hide() {
    history = null;
    replacedAt = heardTo;
  }

  /// A scope of several groups hears of this one (`1`), or ceases to (`-1`).
  void countMergedScopes(int change) {
    mergedScopes += change;
  }

  // ---- mutations

  @Override
  public boolean listening() {
    return isShown() && (live.size() > 0 || merges());
  }

  @Override
  public void onMutation(long revision, List<ChangeEvent> events) {
    if (!isShown() || revision <= replacedAt) {
      return;
    }
    checkAtMost(heardTo + 1, revision, "a group tells its mutations in order");
    heardTo = revision;
    if (live.size() > 0) {
      hub.tell(this, revision, events);
    }
    if (merges()) {
      merger.onMutation(id, revision, events);
      scopes.onHeld();
    }
  }

  /// The root group tells the merger everything: the feed does not name its own revisions.
  private boolean merges() {
    return mergedScopes > 0 || (merger.isOpen() && id.equals(GroupId.ROOT));
  }

  @Override
  public void onReplaced(long toldTo) {
    heardTo = Math.max(heardTo, toldTo);
    replacedAt = heardTo;
    hub.onReplaced(this, toldTo);
  }

  /// The newest revision that the group is known to have come to here, even if the state that has
  /// come to it was replaced by one that is not there yet.
  long newest() {
    return Math.max(heardTo, revision());
  }

  // ---- history

  @Override
  public long revision() {
    return history == null ? 0 : history.revision();
  }

  @Override
  public long compactRevision() {
    return history == null ? -1 : history.compactRevision();
  }

  @Override
  public QueryRun<HistoryPage> history(ShardQuery.History query) {
    if (history == null) {
      throw new IllegalStateException("group " + id + " is not shown");
    }
    OwnKeys own = scopes.keysOf(id);
    QueryRun<HistoryPage> run = history.history(query);
    return own.contains(query.keys()) ? run : new OwnHistory(run, own);
  }

  // ---- the scope of this group alone

  @Override
  List<WatchedGroup> groups() {
    return itself;
  }

  @Override
  long completeTo() {
    return revision();
  }

  @Override
  boolean tellsFrom(long revision) {
    return isShown() && revision > newest();
  }

  @Override
  void advance() {
    wake();
  }

  @Override
  void acquire() {}

  @Override
  void release() {}
}
