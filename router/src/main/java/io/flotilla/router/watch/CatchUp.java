package io.flotilla.router.watch;

import io.flotilla.base.Invariants;
import io.flotilla.base.KeyRange;
import io.flotilla.raft.shard.ChangeEvent;
import io.flotilla.raft.shard.HistoryPage;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.ShardQuery;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SequencedSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/// Brings watchers that are behind up to now by reading history, a page at a time.
///
/// The watcher at the head of the queue says where a page begins; every waiting watcher whose place
/// lies inside the page takes part in it, so watchers that are about equally late share one read.
/// The head goes to the tail afterwards: nobody waits for somebody else's long history. A page is
/// one of all groups that the head looks at; watchers of some of these groups may take part.
///
/// A page of a group that has no replica here waits for other nodes. Meanwhile pages of other
/// scopes are read, so a group that nobody answers for holds up its own watchers only.
///
/*
 * Why nothing is lost or repeated when a watcher goes live: a page covers `[from, next)` of its key
 * range completely, and a watcher's place p moves to `next` only if `from <= p < next`, having been
 * sent exactly the events of its range in `[p, next)`. It goes live only when its scope tells
 * everything from `next` on, in the same loop turn in which that was seen; that of one group does
 * when `next` is above the newest revision. The hub hears of every mutation on this loop, so the
 * first one that is told afterwards is at or above `next`, and all below were in pages. A page may
 * be read over several turns with mutations between them: then one more, shorter page follows. Who
 * takes part is decided when a page is delivered, so it does not matter that others were delivered
 * while it waited.
 */
final class CatchUp {
  /// Keys' worth of reading in one turn of the loop.
  private static final int STEP_BUDGET = 2000;

  private final WatchHub hub;
  private final WatchConfig config;
  private final SequencedSet<Watcher> queue = new LinkedHashSet<>();
  private final WatcherIndex index = new WatcherIndex();
  private final List<Watcher> touched = new ArrayList<>();

  /// A part of the history that is being read.
  private record Page(
      Watcher head, Scope scope, KeyRange range, long from, long to, QueryRun<HistoryPage> run) {}

  private @Nullable Page page;
  // one of each scope at most
  private final Map<Scope, Page> waiting = new LinkedHashMap<>();
  private final Deque<Page> ready = new ArrayDeque<>();
  private long pages;
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
      if (queue.isEmpty()) {
        drop(_ -> true);
      }
    }
  }

  /// The map is another one. Nothing of the pages at hand was delivered, so every watcher still is
  /// where it was.
  void startOver() {
    drop(_ -> true);
  }

  /// The history of a group is not the one any more that pages at hand were begun with.
  void startOver(WatchedGroup group) {
    drop(each -> each.scope().groups().contains(group));
  }

  private void drop(Predicate<Page> which) {
    List<Page> dropped = new ArrayList<>();
    if (page != null) {
      dropped.add(page);
    }
    dropped.addAll(waiting.values());
    dropped.addAll(ready);
    dropped.removeIf(which.negate());
    for (Page each : dropped) {
      page = each == page ? null : page;
      waiting.remove(each.scope(), each);
      ready.remove(each);
      each.run().close();
    }
    schedule();
  }

  private void schedule() {
    if (!scheduled && !queue.isEmpty()) {
      scheduled = true;
      hub.later(this::step);
    }
  }

  private void step() {
    scheduled = false;
    Page now = page == null ? next() : page;
    page = now;
    if (now == null) {
      return; // what is to be read waits for other nodes, or there is nothing
    }
    if (!now.run().step(STEP_BUDGET)) {
      page = null;
      finish(now);
    } else if (now.run().awaits(() -> goOn(now))) {
      page = null;
      waiting.put(now.scope(), now);
    }
    schedule();
  }

  /// A page need not wait any more.
  private void goOn(Page now) {
    if (waiting.remove(now.scope(), now)) {
      ready.add(now);
      schedule();
    }
  }

  private void finish(Page now) {
    // Refused means that compaction passed the head by: the next page begins by telling it.
    if (now.run().rejection() == null) {
      deliver(now, now.run().result());
    }
    now.run().close();
    if (queue.remove(now.head())) {
      queue.addLast(now.head());
    }
  }

  private @Nullable Page next() {
    Page goesOn = ready.poll();
    return goesOn == null ? begin() : goesOn;
  }

  /// Starts the page of the first watcher that compaction has left something for.
  private @Nullable Page begin() {
    Watcher first = first();
    while (first != null) {
      Scope scope = first.scope();
      long compactRevision = hub.compactRevision(scope);
      if (first.nextRevision < compactRevision) {
        remove(first);
        hub.endCompacted(first, compactRevision);
      } else if (first.nextRevision > scope.completeTo()) {
        remove(first);
        hub.place(first);
      } else {
        return read(first, scope);
      }
      first = first();
    }
    return null;
  }

  /// The first watcher whose scope has no page that waits.
  private @Nullable Watcher first() {
    for (Watcher watcher : queue) {
      if (!waiting.containsKey(watcher.scope())) {
        return watcher;
      }
    }
    return null;
  }

  private Page read(Watcher first, Scope scope) {
    KeyRange range = rangeOf(scope);
    long to = scope.completeTo();
    var query =
        new ShardQuery.History(
            range, first.nextRevision, to, config.pageRevisions(), config.pageBytes(), false);
    List<WatchedGroup> groups = scope.groups();
    QueryRun<HistoryPage> run =
        groups.size() == 1 ? groups.getFirst().history(query) : new MergedHistory(groups, query);
    return new Page(first, scope, range, first.nextRevision, to, run);
  }

  /// What those who may take part look at, and what lies between.
  private KeyRange rangeOf(Scope scope) {
    KeyRange hull = null;
    for (Watcher watcher : queue) {
      if (scope.covers(watcher.scope())) {
        hull = hull == null ? watcher.range : hull.hull(watcher.range);
      }
    }
    return Objects.requireNonNull(hull, "somebody reads");
  }

  private void deliver(Page now, HistoryPage page) {
    long next = MergedHistory.nextOf(page, now.to());
    Invariants.checkAtMost(now.from() + 1, next, "a page goes forward");
    List<Watcher> readers = readers(now, next);
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
  private List<Watcher> readers(Page now, long next) {
    List<Watcher> readers = new ArrayList<>();
    pages++;
    for (Watcher watcher : queue) {
      boolean inside = watcher.nextRevision >= now.from() && watcher.nextRevision < next;
      boolean covered = now.range().contains(watcher.range);
      if (inside && covered && now.scope().covers(watcher.scope())) {
        watcher.page = pages;
        readers.add(watcher);
      }
    }
    return readers;
  }
}
