package io.flotilla.router.watch;

import io.flotilla.base.KeyRange;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchCreateRequest.FilterType;
import io.flotilla.raft.shard.ChangeEvent;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One watcher of one stream, on the hub's loop. It holds a place in the history, never events.
final class Watcher {
  /// Where a watcher is between the moment it is made and its end.
  enum State {
    /// In the live index: hears of each mutation as it is ordered.
    SYNCED,
    /// Reads history up to now.
    CATCHING_UP,
    /// Would read history, but its stream has no room.
    PARKED,
    /// Overtaken by compaction and told so; only its id is left.
    COMPACTED,
    GONE
  }

  final long id;
  final KeyRange range;
  final WatchStream stream;
  private final boolean previous;
  private final boolean fragment;
  private final boolean progress;
  private final boolean puts;
  private final boolean deletes;

  State state = State.CATCHING_UP;

  /// Every event of the range below this revision was sent; none from it on.
  long nextRevision;

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
    this.nextRevision = request.getStartRevision();
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
