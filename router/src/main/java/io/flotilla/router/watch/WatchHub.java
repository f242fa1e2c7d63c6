package io.flotilla.router.watch;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.MutationListener;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// All watches of this node. Hears of each mutation of each group once and sends every watcher what
/// it has to see, in revision order, each revision whole; keeps no events for anybody: a watcher
/// whose client does not keep up is parked with its place in the history.
///
/// The root group tells the hub itself, each other group what [#join] returns. While the root group
/// serves every key that is all there is to it. With more groups the hub also has to hear of the
/// map ([#onMap]), of whose each revision is ([#onOrdered], [#onAdvanced]) and that groups have
/// become complete to newer revisions ([#onCompleted]); a watcher whose range lies in several
/// groups hears of a revision when everything below it is here, and no other watcher waits for
/// anybody.
///
/// Keys move between groups at one place in the order, but the map and the replicas of the two
/// groups may come to it here at different moments. A group is shown to watchers exactly while its
/// replica has the keys that the map gives it: then it holds their whole history, and nothing that
/// it tells is another group's.
///
/// A group without a replica here is followed while watchers need it ([#follow], docs/design/0012):
/// what another node tells of it takes the replica's place, and a replica that comes takes it over
/// as soon as it is as far.
///
/// Every method is called on the loop of the node's groups, except [#open].
public final class WatchHub implements MutationListener {
  /// What [#syncedTo] says of a watcher that has not seen everything.
  static final long NOT_SYNCED = -1;

  /// How long a group is followed after the last watcher that needed it.
  static final long LINGER_MILLIS = 5_000;

  /// A stream's own interval is up to a tenth longer, so that not all tick at once (etcd).
  private static final double JITTER = 0.1;

  private final Scheduler loop;
  private final WatchConfig config;
  private final RandomGenerator random;
  private final WatchMetrics metrics;
  private final WatchResponses responses;
  private final Scopes scopes;
  private final WatchedGroup root;
  private final CatchUp catchUp;
  private final Outboxes outboxes;
  private final Set<WatchStream> streams = new LinkedHashSet<>();
  private final List<Watcher> touched = new ArrayList<>();
  private @Nullable Elsewhere elsewhere;
  private int watcherCount;
  private int liveCount;

  /// @param loop the groups'
  /// @param source the root group's history; watchers of keys that it serves read nothing else
  public WatchHub(
      Scheduler loop,
      WatchSource source,
      WatchConfig config,
      RandomGenerator random,
      WatchMetrics metrics) {
    this.loop = loop;
    this.config = config;
    this.random = random;
    this.metrics = metrics;
    this.responses = new WatchResponses(source, config.fragmentBytes());
    this.scopes = new Scopes(this, source, config.pageBytes());
    this.root = scopes.root();
    this.catchUp = new CatchUp(this, config);
    this.outboxes = new Outboxes(loop);
  }

  // ---- the client's loop

  /// Makes a stream. From the client's loop; everything the returned door does is handed over.
  StreamDoor open(StreamPort port) {
    var stream = new WatchStream(this, port);
    loop.execute(() -> add(stream));
    return new StreamDoor(loop, stream);
  }

  /// How the client's loop reaches its stream on the hub's loop.
  record StreamDoor(Scheduler hubLoop, WatchStream stream) {
    /// Hands requests over in order; `processed` runs on the hub's loop afterwards.
    void send(List<WatchRequest> requests, Runnable processed) {
      hubLoop.execute(
          () -> {
            requests.forEach(stream::onRequest);
            processed.run();
          });
    }

    /// Refuses one request that would create a watcher, after all that was handed over before.
    void refuse(String reason, Runnable processed) {
      hubLoop.execute(
          () -> {
            stream.refuse(reason);
            processed.run();
          });
    }

    /// The client took that much of what was delivered.
    void onDelivered(long weightBytes) {
      hubLoop.execute(() -> stream.onDelivered(weightBytes));
    }

    void close() {
      hubLoop.execute(() -> stream.hub().remove(stream));
    }
  }

  // ---- groups

  /// The root group's mutations come in here.
  @Override
  public boolean listening() {
    return root.listening();
  }

  @Override
  public void onMutation(long revision, List<ChangeEvent> events) {
    root.onMutation(revision, events);
  }

  /// The root group's state was replaced, and so was the knowledge of whose the revisions up to
  /// there are. Watchers that heard of everything up to `heardTo` read the rest from the history of
  /// the new state; those that compaction has overtaken there are told so when their turn comes.
  @Override
  public void onReplaced(long heardTo) {
    root.onReplaced(heardTo);
  }

  /// A replica of another group than the root group is here.
  ///
  /// @param history its history, until [#leave]
  /// @return what has to hear of its mutations from now on
  public MutationListener join(GroupId group, ShardGroupHistory history) {
    check(!group.equals(GroupId.ROOT), "the root group is here from the start");
    WatchedGroup joined = scopes.group(group);
    MutationListener listener = joined.join(history);
    look(joined);
    return listener;
  }

  /// The replica of a group is about to go. Watchers of its keys wait until there is one again, or
  /// one elsewhere is followed.
  public void leave(GroupId group) {
    check(!group.equals(GroupId.ROOT), "the root group stays");
    WatchedGroup left = scopes.group(group);
    if (left.isShown() && !left.showsFeed()) {
      hide(left, Long.MAX_VALUE);
    }
    left.leave();
    left.maybeFollow(elsewhere);
    look(left);
    scopes.forgetUnused();
  }

  /// Groups without a replica here are followed so, from now on, while watchers need them.
  public void follow(Elsewhere way) {
    check(elsewhere == null, "there is one way to groups elsewhere");
    elsewhere = way;
    scopes.shardGroups().forEach(group -> group.maybeFollow(way));
  }

  /// Watchers began or ceased to look at a group that has no replica here.
  void onNeedChanged(WatchedGroup group) {
    if (group.isNeeded()) {
      group.maybeFollow(elsewhere);
    } else if (group.isFollowed()) {
      long mark = group.restLater();
      loop.after(LINGER_MILLIS, () -> rest(group, mark));
    }
  }

  private void rest(WatchedGroup group, long mark) {
    if (group.isAtRest(mark) && group.isFollowed()) {
      unfollow(group);
    }
  }

  private void unfollow(WatchedGroup group) {
    if (group.showsFeed()) {
      hide(group, Long.MAX_VALUE);
    }
    group.unfollow();
  }

  /// The keys of the replica here have become others ([ShardGroupHistory#own]). Told at once:
  /// before the replica processes anything else, and before what was given away is erased. While a
  /// whole state is replaced only [MutationListener#onReplaced] is told, which covers it.
  ///
  /// @param revision that the change stands behind: what the group did up to there it did with the
  ///     keys that it had before
  public void onOwnChange(GroupId group, long revision) {
    look(scopes.group(group), revision);
  }

  /// Shows of a group what has to be shown.
  void look(WatchedGroup group) {
    look(group, Long.MAX_VALUE);
  }

  /// @param keptTo the replica had the keys that it was shown with up to here
  private void look(WatchedGroup group, long keptTo) {
    if (group.isShown() && !group.isAsMapped()) {
      hide(group, keptTo);
    }
    GroupHistory best = group.best();
    if (best != null && best != group.shown()) {
      show(group, best);
    }
    if (group.isFollowed() && group.isShown() && !group.showsFeed()) {
      group.unfollow();
    }
  }

  private void show(WatchedGroup group, GroupHistory history) {
    interrupt(group, group.isShown() ? group.newest() : 0, () -> group.show(history));
  }

  private void hide(WatchedGroup group, long keptTo) {
    scopes.newest(); // what the node has come to stays known
    long toldTo = Math.min(group.newest(), keptTo);
    forEachLive(group, watcher -> watcher.sentTo(toldTo));
    interrupt(group, 0, group::hide);
  }

  /// A group's state was replaced by one that holds what happened after `heardTo`, too.
  void onReplaced(WatchedGroup group, long heardTo) {
    interrupt(group, heardTo, () -> {});
    if (group != root) {
      look(group);
    }
  }

  private void interrupt(WatchedGroup group, long heardTo, Runnable change) {
    catchUp.startOver(group);
    scopes.interrupt(group, change);
    forEachLive(
        group,
        watcher -> {
          watcher.sentTo(heardTo);
          if (!group.tellsFrom(watcher.nextRevision)) {
            removeLive(watcher);
            place(watcher);
          }
        });
    publish();
  }

  /// The map changed: which groups serve which keys. Until then the root group serves every key.
  ///
  /// Told at its place in the order: when every mutation of the root group before the change was
  /// told, and none after it; the same holds for [#onOrdered].
  public void onMap(ShardMap map) {
    catchUp.startOver();
    scopes.map(map);
    for (WatchedGroup group : scopes.shardGroups()) {
      if (group.isShown() && !group.isAsMapped()) {
        hide(group, Long.MAX_VALUE);
      }
      if (group.isFollowed() && !group.feedFits()) {
        group.unfollow();
      }
    }
    moveAll();
    for (WatchedGroup group : scopes.shardGroups()) {
      group.maybeFollow(elsewhere);
      look(group);
    }
    scopes.forgetUnused();
    publish();
  }

  private void moveAll() {
    for (WatchStream stream : streams) {
      stream.forEachWatcher(
          watcher -> {
            if (watcher.state != Watcher.State.COMPACTED) {
              moveTo(scopes.of(watcher.range), watcher);
            }
          });
    }
  }

  private void moveTo(Scope scope, Watcher watcher) {
    Scope before = watcher.scope();
    if (scope == before) {
      return;
    }
    Watcher.State state = watcher.state;
    if (state == Watcher.State.SYNCED) {
      watcher.sentTo(before.completeTo());
    }
    withdraw(watcher);
    scope.acquire();
    before.release();
    watcher.scope = scope;
    if (state != Watcher.State.PARKED) {
      place(watcher);
    }
  }

  /// The feed: these revisions were given to mutations of these groups. Ascending. Revisions that
  /// nobody is named for up to [#onAdvanced] are the root group's own.
  ///
  /// @param owners more than one for a transaction, which need not change something in each
  public void onOrdered(long firstRevision, long lastRevision, List<GroupId> owners) {
    scopes.onOrdered(firstRevision, lastRevision, owners);
  }

  /// The feed has told whose each revision is, up to this one.
  public void onAdvanced(long revision) {
    scopes.onFed(revision);
  }

  /// Some group's history may have become complete to a newer revision.
  public void onCompleted() {
    scopes.advanceLater();
  }

  /// What the merger holds has changed.
  void held(long bytes) {
    metrics.held(bytes);
  }

  /// So many groups are followed on other nodes.
  void followed(int groups) {
    metrics.followed(groups);
  }

  /// A scope's live watchers are not told what comes next.
  void onDropped(MergedScope scope) {
    forEachLive(
        scope,
        watcher -> {
          watcher.sentTo(scope.completeTo());
          removeLive(watcher);
          place(watcher);
        });
    publish();
  }

  private static void forEachLive(Scope scope, Consumer<Watcher> action) {
    scope.live.all().forEach(action);
  }

  // ---- telling

  /// Tells a scope's live watchers of a revision.
  ///
  /// @param events those of its groups, by sub-revision
  void tell(Scope scope, long revision, List<ChangeEvent> events) {
    for (ChangeEvent event : events) {
      scope.live.visit(
          event.key(),
          watcher -> {
            if (watcher.wants(event) && watcher.collect(event)) {
              touched.add(watcher);
            }
          });
    }
    for (Watcher watcher : touched) {
      List<ChangeEvent> batch = watcher.takeBatch();
      if (watcher.stream.hasRoom()) {
        sendEvents(watcher, revision, batch);
      } else {
        removeLive(watcher);
        watcher.nextRevision = revision;
        watcher.stream.park(watcher);
      }
    }
    touched.clear();
    publish();
  }

  void sendEvents(Watcher watcher, long headerRevision, List<ChangeEvent> events) {
    watcher.sent = true;
    watcher.toldTo = Math.max(watcher.toldTo, headerRevision);
    int weight = WatchStream.RESPONSE_BYTES;
    for (ChangeEvent event : events) {
      weight += event.weightBytes();
    }
    watcher.stream.sendEvents(
        responses.events(watcher, headerRevision, events), headerRevision, weight);
    metrics.eventsSent(events.size());
  }

  // ---- watchers, as streams and the catch-up move them

  WatchConfig config() {
    return config;
  }

  WatchResponses responses() {
    return responses;
  }

  /// The newest revision known here.
  long newest() {
    return scopes.newest();
  }

  long compactRevision(Scope scope) {
    return scopes.compactRevision(scope);
  }

  /// Puts a new watcher where its start revision belongs.
  void start(Watcher watcher) {
    watcherCount++;
    Scope scope = scopes.of(watcher.range);
    scope.acquire();
    watcher.scope = scope;
    if (watcher.startsNow()) {
      watcher.sentTo(newest());
    }
    place(watcher);
    if (watcher.wantsProgress()) {
      startProgress(watcher.stream);
    }
    publish();
  }

  /// Puts a watcher that is nowhere to those that hear of mutations as they come, that read
  /// history, or that wait for some.
  void place(Watcher watcher) {
    Scope scope = watcher.scope();
    long next = watcher.nextRevision;
    boolean compacted = next < compactRevision(scope);
    if (!compacted && scope.tellsFrom(next)) {
      watcher.state = Watcher.State.SYNCED;
      scope.live.add(watcher);
      liveCount++;
    } else if (compacted || next <= scope.completeTo()) {
      catchUp.add(watcher);
    } else {
      scope.await(watcher);
    }
  }

  /// The client has taken enough of what was on its way.
  void unpark(Watcher watcher) {
    place(watcher);
    publish();
  }

  private void removeLive(Watcher watcher) {
    watcher.scope().live.remove(watcher);
    liveCount--;
  }

  private void withdraw(Watcher watcher) {
    switch (watcher.state) {
      case SYNCED -> removeLive(watcher);
      case CATCHING_UP -> catchUp.remove(watcher);
      case WAITING -> watcher.scope().forget(watcher);
      case PARKED, COMPACTED, GONE -> {}
    }
  }

  /// To which revision the watcher was sent everything; [#NOT_SYNCED] when it is behind or asked to
  /// start later.
  long syncedTo(Watcher watcher) {
    if (watcher.state != Watcher.State.SYNCED) {
      return NOT_SYNCED;
    }
    long revision = Math.max(watcher.scope().completeTo(), watcher.nextRevision - 1);
    return watcher.startRevision() <= revision ? revision : NOT_SYNCED;
  }

  /// Ends a watcher that compaction overtook.
  void endCompacted(Watcher watcher, long compactRevision) {
    watcher.state = Watcher.State.COMPACTED;
    watcher.scope().release();
    watcher.stream.endCompacted(watcher, compactRevision);
  }

  void end(Watcher watcher) {
    withdraw(watcher);
    if (watcher.state != Watcher.State.COMPACTED) {
      watcher.scope().release();
    }
    watcher.state = Watcher.State.GONE;
    watcherCount--;
    publish();
  }

  // ---- turns and timers

  void later(Runnable task) {
    loop.execute(task);
  }

  void flushLater(WatchStream stream) {
    outboxes.flushLater(stream);
  }

  private void startProgress(WatchStream stream) {
    if (stream.startProgress()) {
      double stretch = 1 + JITTER * random.nextDouble();
      long interval = (long) (config.progressIntervalMillis() * stretch);
      loop.after(interval, () -> progressTick(stream, interval));
    }
  }

  private void progressTick(WatchStream stream, long intervalMillis) {
    if (!stream.closed()) {
      stream.periodicProgress();
      loop.after(intervalMillis, () -> progressTick(stream, intervalMillis));
    }
  }

  private void add(WatchStream stream) {
    if (stream.closed()) {
      return;
    }
    streams.add(stream);
    publish();
  }

  private void remove(WatchStream stream) {
    stream.close();
    streams.remove(stream);
    publish();
  }

  private void publish() {
    metrics.update(streams.size(), watcherCount, watcherCount - liveCount);
  }
}
