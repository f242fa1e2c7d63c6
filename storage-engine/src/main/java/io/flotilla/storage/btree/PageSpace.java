package io.flotilla.storage.btree;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.storage.page.Meta;

/// Which pages of the file are in use, which can be taken, and where the file ends.
///
/// A page below the limit is in use by the present state, or free to take, or neither: no longer in
/// use, but still seen by a held state. Pages are taken from the lowest on, so that the tail of the
/// file empties.
final class PageSpace {
  private static final int RUN_TRIES = 4096;

  /// The format has 31 bits for a page id.
  private static final int LIMIT_MAX = Integer.MAX_VALUE - 1;

  private final PageBitmap used = new PageBitmap();
  private final PageBitmap free = new PageBitmap();
  private int limit = Meta.META_PAGES;
  private int runFrom; // where the search for a run goes on

  PageSpace() {
    used.add(0, Meta.META_PAGES);
  }

  /// Takes over what a file says: bit `page % 8` of byte `page / 8` is set for a free page, and so
  /// are all pages from `mapLimit` to `limitPages`.
  void load(int limitPages, int mapLimit, byte[] freeMap) {
    limit = limitPages;
    for (int page = Meta.META_PAGES; page < limitPages; page++) {
      if (page >= mapLimit || isSet(freeMap, page)) {
        free.add(page);
      } else {
        used.add(page);
      }
    }
  }

  static boolean isSet(byte[] map, int page) {
    int at = page >>> 3;
    return at < map.length && (map[at] & 1 << (page & 7)) != 0;
  }

  /// Takes `count` consecutive pages.
  int allocate(int count) {
    int page = count == 1 ? free.first() : findRun(count);
    if (page >= 0) {
      free.remove(page, count);
    } else {
      page = limit;
      checkAtMost(page, LIMIT_MAX - (long) count, "a file has less than 2^31 pages");
      limit += count;
    }
    used.add(page, count);
    return page;
  }

  /// Where a run of `count` pages would go, or the limit; takes nothing.
  int peek(int count) {
    int page = count == 1 ? free.first() : free.findRun(count, 0, RUN_TRIES);
    return page < 0 ? limit : page;
  }

  /// Lets the next search for a run begin at the lowest pages.
  void searchFromStart() {
    runFrom = 0;
  }

  private int findRun(int count) {
    int page = free.size() < count ? -1 : free.findRun(count, runFrom, RUN_TRIES);
    if (page < 0 && runFrom > 0) {
      page = free.findRun(count, 0, RUN_TRIES);
    }
    runFrom = page < 0 ? 0 : page + count;
    return page;
  }

  /// The present state stops using pages; a held state may still see them.
  void drop(int page, int count) {
    check(used.contains(page), "a dropped page was in use");
    used.remove(page, count);
  }

  /// Nobody sees these dropped pages any more.
  void release(int page, int count) {
    free.add(page, count);
  }

  /// Sets pages aside that are free in the newest state and seen by an older held one.
  void withhold(int page) {
    free.remove(page);
  }

  boolean isUsed(int page) {
    return used.contains(page);
  }

  boolean isFree(int page) {
    return free.contains(page);
  }

  int usedPages() {
    return used.size();
  }

  int freePages() {
    return free.size();
  }

  /// One past the highest page that was ever taken and not given back to the file system.
  int limit() {
    return limit;
  }

  /// One past the highest page in use.
  int usedLimit() {
    return used.last() + 1;
  }

  /// Forgets the free pages at the tail.
  void dropFreeTail() {
    while (limit > Meta.META_PAGES && free.contains(limit - 1)) {
      limit--;
      free.remove(limit);
    }
    runFrom = 0;
  }

  /// The bytes of the free map: every page that the present state does not use.
  byte[] freeMap(int limitPages) {
    return used.absentBelow(limitPages);
  }
}
