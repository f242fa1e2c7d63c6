package io.flotilla.router.watch;

import io.flotilla.base.Invariants;
import io.flotilla.base.KeyRange;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.SequencedSet;
import org.jspecify.annotations.Nullable;

/// Brings watchers that are behind up to now by reading history, a page at a time.
///
/// The watcher at the head of the queue says where a page begins; every waiting watcher whose place
/// lies inside the page takes part in it, so watchers that are about equally late share one read.
/// The head goes to the tail afterwards: nobody waits for somebody else's long history. A page is
/// one of all groups that the head looks at; watchers of some of these groups may take part.
///
/*
 * Why nothing is lost or repeated when a watcher goes live: a page covers `[from, next)` of its key
 * range completely, and a watcher's place p moves to `next` only if `from <= p < next`, having been
 * sent exactly the events of its range in `[p, next)`. It goes live only when its scope tells
 * everything from `next` on, in the same loop turn in which that was seen; that of one group does
 * when `next` is above the newest revision. The hub hears of every mutation on this loop, so the
 * first one that is told afterwards is at or above `next`, and all below were in pages. A page may
 * be read over several turns with mutations between them: then one more, shorter page follows.
 */
final class CatchUp {
  /// Keys' worth of reading in one turn of the loop.
  private static final int STEP_BUDGET = 2000;

  private final WatchHub hub;
  private final WatchConfig config;
  private final SequencedSet<Watcher> queue = new LinkedHashSet<>();
  private final WatcherIndex index = new WatcherIndex();
  private final List<Watcher> touched = new ArrayList<>();

  private @Nullable QueryRun<HistoryPage> run;
  private @Nullable Watcher head;
  private @Nullable Scope pageScope;
  private KeyRange pageRange = KeyRange.ALL;
  private long pages;
  private long from;
  private long to;
  private boolean scheduled;

  CatchUp(WatchHub hub, WatchConfig config) {
    this.hub = hub;
    this.config = config;
  }

  int size() {
    return queue.size();
  }

  void add(Watcher watcher) {
    watcher.state = Watcher.State.CATCHING_UP;
    if (queue.add(watcher)) {
      index.add(watcher);
    }
    schedule();
  }

  void remove(Watcher watcher) {
    if (queue.remove(watcher)) {
      index.remove(watcher);
    }
  }

  /// The state was replaced: the page at hand is of one that is gone. Nothing of it was delivered,
  /// so every watcher still is where it was.
  void startOver() {
    QueryRun<HistoryPage> unfinished = run;
    run = null;
    head = null;
    if (unfinished != null) {
      unfinished.close();
    }
  }

  private void schedule() {
    if (!scheduled && !queue.isEmpty()) {
      scheduled = true;
      hub.later(this::step);
    }
  }

  private void step() {
    scheduled = false;
    if (run == null && !begin()) {
      return;
    }
    if (!run.step(STEP_BUDGET)) {
      QueryRun<HistoryPage> finished = run;
      run = null;
      // Refused means that compaction passed the head by: the next page begins by telling it.
      if (finished.rejection() == null) {
        deliver(finished.result());
      }
      finished.close();
      rotate();
    }
    schedule();
  }

  /// Starts the page of the first watcher that compaction has left something for.
  private boolean begin() {
    while (!queue.isEmpty()) {
      Watcher first = queue.getFirst();
      Scope scope = first.scope();
      long compactRevision = hub.compactRevision(scope);
      if (first.nextRevision < compactRevision) {
        remove(first);
        hub.endCompacted(first, compactRevision);
      } else if (first.nextRevision > scope.completeTo()) {
        remove(first);
        hub.place(first);
      } else {
        head = first;
        run = read(first, scope);
        return true;
      }
    }
    return false;
  }

  private QueryRun<HistoryPage> read(Watcher first, Scope scope) {
    pageScope = scope;
    pageRange = queue.size() == 1 ? first.range : KeyRange.ALL;
    from = first.nextRevision;
    to = scope.completeTo();
    var query =
        new ShardQuery.History(
            pageRange, from, to, config.pageRevisions(), config.pageBytes(), false);
    List<WatchedGroup> groups = scope.groups();
    return groups.size() == 1 ? groups.getFirst().history(query) : new MergedHistory(groups, query);
  }

  private void rotate() {
    Watcher served = head;
    head = null;
    if (served != null && queue.remove(served)) {
      queue.addLast(served);
    }
  }

  private void deliver(HistoryPage page) {
    long next = MergedHistory.nextOf(page, to);
    Invariants.checkAtMost(from + 1, next, "a page goes forward");
    List<Watcher> readers = readers(next);
    for (ChangeEvent event : page.events()) {
      index.visit(
          event.key(),
          watcher -> {
            if (watcher.page == pages && watcher.wants(event) && watcher.collect(event)) {
              touched.add(watcher);
            }
          });
    }
    for (Watcher watcher : touched) {
      List<ChangeEvent> events = watcher.takeBatch();
      if (watcher.stream.hasRoom()) {
        hub.sendEvents(watcher, Math.max(next - 1, watcher.scope().completeTo()), events);
      } else {
        remove(watcher);
        watcher.stream.park(watcher);
      }
    }
    touched.clear();
    for (Watcher watcher : readers) {
      if (watcher.state == Watcher.State.CATCHING_UP) {
        watcher.nextRevision = next;
        if (next > watcher.scope().completeTo()) {
          remove(watcher);
          hub.place(watcher);
        }
      }
    }
  }

  /// Marks and returns the watchers whose place is inside the page.
  private List<Watcher> readers(long next) {
    Scope read = Objects.requireNonNull(pageScope);
    List<Watcher> readers = new ArrayList<>();
    pages++;
    for (Watcher watcher : queue) {
      boolean inside = watcher.nextRevision >= from && watcher.nextRevision < next;
      if (inside && pageRange.contains(watcher.range) && read.covers(watcher.scope())) {
        watcher.page = pages;
        readers.add(watcher);
      }
    }
    return readers;
  }
}
