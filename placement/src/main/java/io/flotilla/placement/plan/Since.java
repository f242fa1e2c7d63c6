package io.flotilla.placement.plan;

import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/// Since when something has held for each of some things, without a break.
final class Since<T extends Comparable<T>> {
  private final Map<T, Long> since = new TreeMap<>();

  /// It holds for these, and for no others.
  void hold(Set<T> these, long nowMillis) {
    since.keySet().retainAll(these);
    these.forEach(thing -> since.putIfAbsent(thing, nowMillis));
  }

  /// For how long it has held; negative if it does not.
  long heldMillis(T thing, long nowMillis) {
    Long begin = since.get(thing);
    return begin == null ? -1 : nowMillis - begin;
  }

  boolean heldFor(T thing, long millis, long nowMillis) {
    long held = heldMillis(thing, nowMillis);
    return held >= 0 && held >= millis;
  }
}
