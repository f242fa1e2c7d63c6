package io.flotilla.placement.lease;

import java.util.NoSuchElementException;

/// Lease ids in ascending remaining time, then by id; taken one by one, so that a long list need
/// not be sorted in one go.
public final class LeaseListing {
  private final long[] ids;
  private final long[] order;
  private int size;

  /// Takes ownership of both arrays.
  ///
  /// @param order what to sort by, for each id
  LeaseListing(long[] ids, long[] order) {
    this.ids = ids;
    this.order = order;
    this.size = ids.length;
    for (int place = size / 2 - 1; place >= 0; place--) {
      siftDown(place, ids[place], order[place]);
    }
  }

  public int remaining() {
    return size;
  }

  /// The next id. O(log n).
  ///
  /// @throws NoSuchElementException when none remain
  public long next() {
    if (size == 0) {
      throw new NoSuchElementException();
    }
    long id = ids[0];
    size--;
    if (size > 0) {
      siftDown(0, ids[size], order[size]);
    }
    return id;
  }

  private void siftDown(int from, long id, long key) {
    int place = from;
    for (int child = 2 * place + 1; child < size; child = 2 * place + 1) {
      if (child + 1 < size && less(child + 1, ids[child], order[child])) {
        child++;
      }
      if (!less(child, id, key)) {
        break;
      }
      ids[place] = ids[child];
      order[place] = order[child];
      place = child;
    }
    ids[place] = id;
    order[place] = key;
  }

  private boolean less(int place, long id, long key) {
    return order[place] != key ? order[place] < key : ids[place] < id;
  }
}
