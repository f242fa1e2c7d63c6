package io.flotilla.router.watch;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;

/// Finds the watchers of a key. Watchers of single keys are in a hash table, watchers of ranges in
/// a tree with one place for each distinct range, so ten thousand watchers of one prefix cost one
/// look-up.
final class WatcherIndex {
  private final Map<Key, Set<Watcher>> singles = new HashMap<>();
  private final RangeTree<Set<Watcher>> ranges = new RangeTree<>();
  private int size;

  int size() {
    return size;
  }

  void add(Watcher watcher) {
    Set<Watcher> set;
    if (watcher.range.isSingle()) {
      set = singles.computeIfAbsent(watcher.range.start(), _ -> new LinkedHashSet<>(2));
    } else {
      set = ranges.get(watcher.range);
      if (set == null) {
        set = new LinkedHashSet<>();
        ranges.put(watcher.range, set);
      }
    }
    if (set.add(watcher)) {
      size++;
    }
  }

  /// Does nothing when the watcher is not there.
  void remove(Watcher watcher) {
    KeyRange range = watcher.range;
    Set<Watcher> set = range.isSingle() ? singles.get(range.start()) : ranges.get(range);
    if (set == null || !set.remove(watcher)) {
      return;
    }
    size--;
    if (set.isEmpty()) {
      if (range.isSingle()) {
        singles.remove(range.start());
      } else {
        ranges.remove(range);
      }
    }
  }

  /// All watchers at the moment, by place: the same in every run.
  List<Watcher> all() {
    List<Watcher> all = new ArrayList<>(size);
    singles.values().forEach(all::addAll);
    ranges.forEach(all::addAll);
    return all;
  }

  /// Tells `sink` every watcher whose range contains `key`. The index must not change meanwhile.
  void visit(Key key, Consumer<Watcher> sink) {
    if (!singles.isEmpty()) {
      Set<Watcher> exact = singles.get(key);
      if (exact != null) {
        exact.forEach(sink);
      }
    }
    if (ranges.size() > 0) {
      ranges.visit(key, set -> set.forEach(sink));
    }
  }
}
