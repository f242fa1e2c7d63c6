package io.flotilla.router.watch;

import java.util.List;

/// The groups whose keys a watcher's range may hold, and those of its watchers that hear of
/// mutations as they come. One object for each distinct set of groups. On the hub's loop.
abstract sealed class Scope permits WatchedGroup, MergedScope {
  /// Watchers that hear of mutations as they come.
  final WatcherIndex live = new WatcherIndex();

  /// Ascending.
  abstract List<WatchedGroup> groups();

  /// Every mutation of the groups up to this revision has been told to the live watchers and can be
  /// read as history. Never goes back while the groups stay.
  abstract long completeTo();

  /// Whether a watcher that has seen everything below `revision` sees the rest when it is live.
  abstract boolean tellsFrom(long revision);

  /// Takes a watcher whose place is neither complete nor told from: it is placed again when it is
  /// complete.
  abstract void await(Watcher watcher);

  /// Lets go of a watcher that waits.
  abstract void forget(Watcher watcher);

  /// A watcher has begun to look at these groups.
  abstract void acquire();

  /// A watcher has ceased to look at these groups.
  abstract void release();

  /// Whether every group of `other` is in this scope.
  final boolean covers(Scope other) {
    return other == this || groups().containsAll(other.groups());
  }
}
