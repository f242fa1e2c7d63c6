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
/// A group is shown while its replica here has the keys that the map gives it or, without a replica
/// here, while one elsewhere that is followed has them. One that is not shown is complete to 0 and
/// tells nothing: its watchers wait.
final class WatchedGroup extends Scope implements GroupHistory, MutationListener {
  private final WatchHub hub;
  private final Scopes scopes;
  private final MutationMerger merger;
  private final GroupId id;
  private final List<WatchedGroup> itself = List.of(this);
  private @Nullable Replica replica;
  private @Nullable Feed feed;
  private @Nullable GroupHistory history;
  private int watchers;
  private int mergedScopes;
  private long rests;

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

  // ---- where its history comes from

  /// The replica here, which may be shown or not.
  private final class Replica implements MutationListener {
    final ShardGroupHistory own;

    /// The newest of its states was put in place of one that was as far as this, and what it comes
    /// to again is not told.
    long replacedTo;

    Replica(ShardGroupHistory own) {
      this.own = own;
    }

    @Override
    public boolean listening() {
      return history == own && WatchedGroup.this.listening();
    }

    @Override
    public void onMutation(long revision, List<ChangeEvent> events) {
      if (history == own) {
        WatchedGroup.this.onMutation(revision, events);
      }
    }

    @Override
    public void onReplaced(long toldTo) {
      replacedTo = Math.max(replacedTo, toldTo);
      if (history == own) {
        WatchedGroup.this.onReplaced(toldTo);
      } else {
        hub.look(WatchedGroup.this);
      }
    }
  }

  /// A replica elsewhere that is followed.
  private final class Feed implements Elsewhere.Follower {
    final OwnKeys keys;
    final Elsewhere.Following following;
    boolean begun;

    Feed(Elsewhere elsewhere, OwnKeys keys) {
      this.keys = keys;
      this.following = elsewhere.follow(id, keys, this);
    }

    @Override
    public void onBegun() {
      begun = true;
      hub.look(WatchedGroup.this);
    }

    @Override
    public boolean listening() {
      return history == following && WatchedGroup.this.listening();
    }

    @Override
    public void onMutation(long revision, List<ChangeEvent> events) {
      if (history == following) {
        WatchedGroup.this.onMutation(revision, events);
      }
    }

    @Override
    public void onReplaced(long toldTo) {
      if (history == following) {
        WatchedGroup.this.onReplaced(toldTo);
      }
    }
  }

  /// A replica is here.
  ///
  /// @return what has to hear of its mutations
  MutationListener join(ShardGroupHistory here) {
    check(replica == null, "a group has one replica here");
    var joined = new Replica(here);
    replica = joined;
    return joined;
  }

  /// The replica here is about to go. If it was shown, the group is hidden first.
  void leave() {
    check(replica == null || history != replica.own, "watchers see no replica that goes");
    replica = null;
  }

  boolean hasReplica() {
    return replica != null;
  }

  /// Whether a replica elsewhere is followed.
  boolean isFollowed() {
    return feed != null;
  }

  /// Follows a replica elsewhere if watchers need it and there is none here. Begins later.
  ///
  /// @param elsewhere null if there is none
  void maybeFollow(@Nullable Elsewhere elsewhere) {
    boolean needed = isNeeded() && replica == null && feed == null && !id.equals(GroupId.ROOT);
    OwnKeys keys = scopes.keysOf(id);
    if (needed && elsewhere != null && !keys.ranges().isEmpty()) {
      scopes.countFeeds(1);
      feed = new Feed(elsewhere, keys);
    }
  }

  /// Ends it. If it was shown, the group is hidden first, or shows another history.
  void unfollow() {
    Feed ended = feed;
    if (ended != null) {
      check(history != ended.following, "watchers see no history that goes");
      feed = null;
      scopes.countFeeds(-1);
      ended.following.stop();
    }
  }

  /// Whether what is followed are the keys that the map gives the group.
  boolean feedFits() {
    return feed != null && scopes.isAsMapped(id, feed.keys);
  }

  boolean isShown() {
    return history != null;
  }

  /// Whether what is shown is a replica elsewhere.
  boolean showsFeed() {
    return feed != null && history == feed.following;
  }

  /// Whether what is shown has the keys that the map gives the group.
  boolean isAsMapped() {
    return showsFeed() ? feedFits() : replicaFits();
  }

  private boolean replicaFits() {
    return replica != null && scopes.isAsMapped(id, replica.own.own());
  }

  /// What should be shown; null for nothing. A replica that has come is waited for while another
  /// one elsewhere is followed: nobody has to wait because of it.
  @Nullable GroupHistory best() {
    Replica here = replica;
    if (here != null && replicaFits() && (!showsFeed() || here.own.revision() >= newest())) {
      return here.own;
    }
    return feed != null && feed.begun && feedFits() ? feed.following : null;
  }

  @Nullable GroupHistory shown() {
    return history;
  }

  /// Shows a history from now on. What its replica has come to before is not told again.
  void show(GroupHistory next) {
    history = next;
    if (replica != null && replica.own == next) {
      heardTo = Math.max(heardTo, replica.replacedTo);
    }
    replacedAt = heardTo;
  }

  /// What was told stays told, also when the replica comes back with a state that lacks it.
  void hide() {
    history = null;
    replacedAt = heardTo;
  }

  // ---- who needs it

  /// A scope of several groups hears of this one (`1`), or ceases to (`-1`).
  void countMergedScopes(int change) {
    mergedScopes += change;
    onNeedChanged();
  }

  @Override
  void acquire() {
    watchers++;
    onNeedChanged();
  }

  @Override
  void release() {
    watchers--;
    onNeedChanged();
  }

  /// Whether any watcher looks at the group.
  boolean isNeeded() {
    return watchers > 0 || mergedScopes > 0;
  }

  /// Begins to rest: what [#isAtRest] is asked with after a while.
  long restLater() {
    rests++;
    return rests;
  }

  /// Whether nobody has looked at the group since.
  boolean isAtRest(long mark) {
    return !isNeeded() && mark == rests;
  }

  private void onNeedChanged() {
    if (replica == null && !id.equals(GroupId.ROOT)) {
      hub.onNeedChanged(this);
    }
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
}
