package io.flotilla.placement.lease;

import io.flotilla.base.Invariants;
import java.util.Arrays;

/// Slots ordered by a time: a heap with four children per node over primitive arrays, which also
/// knows where each slot is, so that any slot can be taken out.
///
/// Adding, changing and removing cost O(log n), looking at the first O(1).
final class DeadlineHeap {
  private static final int CHILDREN_SHIFT = 2;
  private static final int NOT_QUEUED = -1;
  private static final int[] NO_INTS = {};
  private static final long[] NO_LONGS = {};

  private long[] times = NO_LONGS;
  private int[] slots = NO_INTS;
  /// By slot: its place in the heap.
  private int[] places = NO_INTS;
  private int size;

  int size() {
    return size;
  }

  /// The slot with the earliest time; the heap must not be empty.
  int first() {
    Invariants.check(size > 0, "an empty heap has no first slot");
    return slots[0];
  }

  /// The time of [#first].
  long firstTime() {
    Invariants.check(size > 0, "an empty heap has no first time");
    return times[0];
  }

  boolean contains(int slot) {
    return slot < places.length && places[slot] != NOT_QUEUED;
  }

  void add(int slot, long time) {
    Invariants.check(!contains(slot), "a slot is queued once");
    if (size == slots.length || slot >= places.length) {
      reserve(2 * Math.max(size + 1, slot + 1));
    }
    siftUp(size++, slot, time);
  }

  /// Gives a queued slot another time.
  void change(int slot, long time) {
    int place = places[slot];
    if (time < times[place]) {
      siftUp(place, slot, time);
    } else {
      siftDown(place, slot, time);
    }
  }

  /// Takes a slot out; does nothing when it is not queued.
  void remove(int slot) {
    if (!contains(slot)) {
      return;
    }
    int place = places[slot];
    places[slot] = NOT_QUEUED;
    size--;
    if (place == size) {
      return;
    }
    int lastSlot = slots[size];
    long lastTime = times[size];
    places[lastSlot] = place;
    times[place] = lastTime;
    slots[place] = lastSlot;
    if (place > 0 && lastTime < times[parent(place)]) {
      siftUp(place, lastSlot, lastTime);
    } else {
      siftDown(place, lastSlot, lastTime);
    }
  }

  /// What was known as slot `from` is slot `to` from now on; `to` must not be queued.
  void rename(int from, int to) {
    if (contains(from)) {
      int place = places[from];
      places[from] = NOT_QUEUED;
      slots[place] = to;
      places[to] = place;
    }
  }

  void clear() {
    times = NO_LONGS;
    slots = NO_INTS;
    places = NO_INTS;
    size = 0;
  }

  /// Makes room for slots below `capacity`, or gives room back.
  void reserve(int capacity) {
    int length = Math.max(capacity, size);
    int oldPlaces = places.length;
    times = Arrays.copyOf(times, length);
    slots = Arrays.copyOf(slots, length);
    places = Arrays.copyOf(places, length);
    if (length > oldPlaces) {
      Arrays.fill(places, oldPlaces, length, NOT_QUEUED);
    }
  }

  /// Heap bytes of the arrays.
  long bytes() {
    return (long) times.length * (Long.BYTES + Integer.BYTES)
        + (long) places.length * Integer.BYTES;
  }

  private void siftUp(int from, int slot, long time) {
    int place = from;
    while (place > 0) {
      int parent = parent(place);
      if (times[parent] <= time) {
        break;
      }
      put(place, slots[parent], times[parent]);
      place = parent;
    }
    put(place, slot, time);
  }

  private void siftDown(int from, int slot, long time) {
    int place = from;
    for (int child = firstChild(place); child < size; child = firstChild(place)) {
      int least = leastOf(child);
      if (times[least] >= time) {
        break;
      }
      put(place, slots[least], times[least]);
      place = least;
    }
    put(place, slot, time);
  }

  private int leastOf(int firstChild) {
    int least = firstChild;
    int end = Math.min(firstChild + (1 << CHILDREN_SHIFT), size);
    for (int child = firstChild + 1; child < end; child++) {
      if (times[child] < times[least]) {
        least = child;
      }
    }
    return least;
  }

  private void put(int place, int slot, long time) {
    times[place] = time;
    slots[place] = slot;
    places[slot] = place;
  }

  private static int parent(int place) {
    return (place - 1) >> CHILDREN_SHIFT;
  }

  private static int firstChild(int place) {
    return (place << CHILDREN_SHIFT) + 1;
  }
}
