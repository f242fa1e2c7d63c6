package io.flotilla.simulation.history;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// The keys at one revision, and the leases that are gone by then. Every change can be taken back.
final class Store {
  private final TreeMap<String, Kv> keys = new TreeMap<>();
  private final Map<Long, TreeSet<String>> leased = new HashMap<>();
  private final Set<Long> gone = new HashSet<>();
  private final List<Undo> undos = new ArrayList<>();

  private sealed interface Undo {}

  private record Written(String key, @Nullable Kv before) implements Undo {}

  private record Ended(long lease) implements Undo {}

  Store(List<Kv> initial) {
    initial.forEach(kv -> set(kv.key(), kv));
    undos.clear();
  }

  @Nullable Kv get(String key) {
    return keys.get(key);
  }

  /// A view; it changes with the store.
  SortedMap<String, Kv> in(Span span) {
    if (span.isUnbounded()) {
      return keys.tailMap(span.key(), true);
    }
    String end = span.isSingle() ? span.key() + '\0' : span.end();
    return span.key().compareTo(end) >= 0
        ? new TreeMap<>()
        : keys.subMap(span.key(), true, end, false);
  }

  /// The keys that hang on `lease`, ascending.
  List<String> keysOf(long lease) {
    TreeSet<String> attached = leased.get(lease);
    return attached == null ? List.of() : List.copyOf(attached);
  }

  /// Leases with at least one key, ascending.
  List<Long> leasesInUse() {
    return leased.entrySet().stream()
        .filter(entry -> !entry.getValue().isEmpty())
        .map(Map.Entry::getKey)
        .sorted()
        .toList();
  }

  boolean isGone(long lease) {
    return gone.contains(lease);
  }

  void put(Kv kv) {
    undos.add(new Written(kv.key(), set(kv.key(), kv)));
  }

  void delete(String key) {
    undos.add(new Written(key, set(key, null)));
  }

  void endLease(long lease) {
    if (gone.add(lease)) {
      undos.add(new Ended(lease));
    }
  }

  /// Where [#backTo] leads.
  int mark() {
    return undos.size();
  }

  void backTo(int mark) {
    while (undos.size() > mark) {
      switch (undos.removeLast()) {
        case Written written -> set(written.key(), written.before());
        case Ended ended -> gone.remove(ended.lease());
      }
    }
  }

  private @Nullable Kv set(String key, @Nullable Kv kv) {
    Kv before = kv == null ? keys.remove(key) : keys.put(key, kv);
    if (before != null && before.lease() != 0) {
      TreeSet<String> attached = leased.get(before.lease());
      if (attached != null) {
        attached.remove(key);
      }
    }
    if (kv != null && kv.lease() != 0) {
      leased.computeIfAbsent(kv.lease(), _ -> new TreeSet<>()).add(key);
    }
    return before;
  }
}
