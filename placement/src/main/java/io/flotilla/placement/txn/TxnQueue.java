package io.flotilla.placement.txn;

import io.flotilla.base.Invariants;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;

/// The order in which transactions run: each waits for those before it that it conflicts with, and
/// for nothing else, so none overtakes another that it has a key in common with, and none waits in
/// a circle. Pure.
///
/// @param <T> a transaction, by identity
final class TxnQueue<T> {
  private static final class Place<T> {
    final T owner;
    final Claim claim;
    final List<Place<T>> behind = new ArrayList<>();
    int before;

    Place(T owner, Claim claim) {
      this.owner = owner;
      this.claim = claim;
    }
  }

  private final int maxRunning;
  // in the order of coming
  private final SequencedMap<T, Place<T>> places = new LinkedHashMap<>();
  // nothing before them, and as yet no room
  private final SequencedMap<T, Place<T>> free = new LinkedHashMap<>();
  private int running;

  /// @param maxRunning how many may run at the same time
  TxnQueue(int maxRunning) {
    Invariants.checkAtMost(1, maxRunning, "a transaction may run");
    this.maxRunning = maxRunning;
  }

  /// Those that came and have not left.
  int size() {
    return places.size();
  }

  /// Takes a place behind all that are here. [#next] tells when it may run.
  void enter(T owner, Claim claim) {
    var place = new Place<>(owner, claim);
    for (Place<T> earlier : places.values()) {
      if (earlier.claim.conflicts(claim)) {
        earlier.behind.add(place);
        place.before++;
      }
    }
    Invariants.check(places.put(owner, place) == null, "a transaction has one place");
    if (place.before == 0) {
      free.put(owner, place);
    }
  }

  /// Those that may run from now on, in the order of coming; each is told once.
  List<T> next() {
    List<T> starting = new ArrayList<>();
    while (running < maxRunning && !free.isEmpty()) {
      Map.Entry<T, Place<T>> first = free.pollFirstEntry();
      starting.add(first.getKey());
      running++;
    }
    return starting;
  }

  /// A transaction ended, or gave up waiting. Leaving twice does nothing.
  void leave(T owner) {
    Place<T> place = places.remove(owner);
    if (place == null) {
      return;
    }
    if (place.before == 0 && free.remove(owner) == null) {
      running--;
    }
    for (Place<T> later : place.behind) {
      later.before--;
      if (later.before == 0 && places.get(later.owner) == later) {
        free.put(later.owner, later);
      }
    }
  }
}
