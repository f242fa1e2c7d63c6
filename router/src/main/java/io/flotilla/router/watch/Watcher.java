package io.flotilla.router.watch;

import io.flotilla.base.KeyRange;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchCreateRequest.FilterType;
import io.flotilla.raft.shard.ChangeEvent;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/// One watcher of one stream, on the hub's loop. It holds a place in the history, never events.
final class Watcher {
  /// Where a watcher is between the moment it is made and its end.
  enum State {
    /// In the live index of its scope: hears of each mutation as it is ordered.
    SYNCED,
    /// Reads history up to now.
    CATCHING_UP,
    /// Has read what all groups of its scope have here, and needs more before it can be live.
    WAITING,
    /// Would read history, but its stream has no room.
    PARKED,
    /// Overtaken by compaction and told so; only its id is left.
    COMPACTED,
    GONE
  }

  final long id;
  final KeyRange range;
  final WatchStream stream;

  /// What was asked for; 0 for now.
  private final long startRevision;

  private final boolean previous;
  private final boolean fragment;
  private final boolean progress;
  private final boolean puts;
  private final boolean deletes;

  State state = State.CATCHING_UP;

  /// The groups that serve the range; null until the watcher starts.
  @Nullable Scope scope;

  /// Every event of the range below this revision was sent, or is not wanted; while the watcher is
  /// not live, none from it on.
  long nextRevision;

  /// Number of the newest history page that the watcher took part in.
  long page;

  /// The highest revision that a header of events or progress named to it.
  long toldTo;

  /// Whether something was sent since the last periodic progress.
  boolean sent;

  /// Events of the mutation or page at hand; null outside of it.
  @Nullable List<ChangeEvent> batch;

  Watcher(long id, KeyRange range, WatchStream stream, WatchCreateRequest request) {
    this.id = id;
    this.range = range;
    this.stream = stream;
    this.previous = request.getPrevKv();
    this.fragment = request.getFragment();
    this.progress = request.getProgressNotify();
    this.puts = !request.getFiltersList().contains(FilterType.NOPUT);
    this.deletes = !request.getFiltersList().contains(FilterType.NODELETE);
    this.startRevision = request.getStartRevision();
    this.nextRevision = startRevision;
  }

  boolean wantsPrevious() {
    return previous;
  }

  boolean wantsFragments() {
    return fragment;
  }

  boolean wantsProgress() {
    return progress;
  }

  /// Whether it starts with what happens after it was made.
  boolean startsNow() {
    return startRevision == 0;
  }

  long startRevision() {
    return startRevision;
  }

  /// The groups that serve the range, once the watcher has started.
  Scope scope() {
    return Objects.requireNonNull(scope);
  }

  /// Everything up to `revision` was sent, or is not wanted.
  void sentTo(long revision) {
    nextRevision = Math.max(nextRevision, revision + 1);
  }

  /// Whether the watcher has to be told of an event in its range.
  boolean wants(ChangeEvent event) {
    return event.revision() >= nextRevision && (event.isDelete() ? deletes : puts);
  }

  /// @return whether this was the first event of the batch
  boolean collect(ChangeEvent event) {
    boolean first = batch == null;
    if (batch == null) {
      batch = new ArrayList<>(1);
    }
    batch.add(event);
    return first;
  }

  List<ChangeEvent> takeBatch() {
    List<ChangeEvent> taken = batch == null ? List.of() : batch;
    batch = null;
    return taken;
  }
}
