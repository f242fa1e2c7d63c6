package io.flotilla.router.watch;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// The groups whose keys a watcher's range may hold, and those of its watchers that hear of
/// mutations as they come. One object for each distinct set of groups. On the hub's loop.
abstract sealed class Scope permits WatchedGroup, MergedScope {
  /// Watchers that hear of mutations as they come.
  final WatcherIndex live = new WatcherIndex();

  private final WatchHub hub;
  private final Set<Watcher> waiting = new LinkedHashSet<>();

  Scope(WatchHub hub) {
    this.hub = hub;
  }

  /// Ascending.
  abstract List<WatchedGroup> groups();

  /// Every mutation of the groups up to this revision can be read as history. Goes back only when
  /// the state of a group is replaced by one that has processed less.
  abstract long completeTo();

  /// Whether a watcher that has seen everything below `revision` sees the rest when it is live.
  abstract boolean tellsFrom(long revision);

  /// Groups may be complete to a newer revision.
  abstract void advance();

  /// A watcher has begun to look at these groups.
  abstract void acquire();

  /// A watcher has ceased to look at these groups.
  abstract void release();

  /// Whether every group of `other` is in this scope.
  final boolean covers(Scope other) {
    return other == this || groups().containsAll(other.groups());
  }

  // ---- watchers whose place is neither complete nor told from

  /// Takes a watcher that is placed again when its place is complete.
  final void await(Watcher watcher) {
    watcher.state = Watcher.State.WAITING;
    waiting.add(watcher);
  }

  /// Lets go of a watcher that waits.
  final void forget(Watcher watcher) {
    waiting.remove(watcher);
  }

  final boolean hasWaiting() {
    return !waiting.isEmpty();
  }

  /// Watchers that compaction has overtaken have nothing to wait for either.
  final void wake() {
    if (waiting.isEmpty()) {
      return;
    }
    long reached = Math.max(completeTo(), hub.compactRevision(this) - 1);
    for (Watcher watcher : List.copyOf(waiting)) {
      if (watcher.nextRevision <= reached || tellsFrom(watcher.nextRevision)) {
        waiting.remove(watcher);
        hub.place(watcher);
      }
    }
  }
}
