package io.flotilla.storage.btree;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Where each page is in memory: page id to address, or zero when it was not looked up yet.
///
/// The owner thread writes. Other threads may read the entries of pages that their read view can
/// reach: such an entry only ever changes between addresses that hold the same bytes.
final class PageTable {
  /// Set in an entry whose page is in off-heap memory and not, or not only, in the file. Addresses
  /// are at least 8-byte aligned, so the bit is free.
  static final long IN_MEMORY = 1;

  private static final int CHUNK_SHIFT = 10;
  private static final int CHUNK_MASK = (1 << CHUNK_SHIFT) - 1;

  private volatile long @Nullable [][] chunks = new long[16][];

  /// The address, with [#IN_MEMORY] if that applies; zero when unknown.
  long get(int page) {
    long[][] all = chunks;
    int index = page >>> CHUNK_SHIFT;
    if (index >= all.length) {
      return 0;
    }
    long[] chunk = all[index];
    return chunk == null ? 0 : chunk[page & CHUNK_MASK];
  }

  void put(int page, long entry) {
    chunk(page >>> CHUNK_SHIFT)[page & CHUNK_MASK] = entry;
  }

  void clear(int page) {
    if (get(page) != 0) {
      put(page, 0);
    }
  }

  private long[] chunk(int index) {
    long[][] all = chunks;
    if (index >= all.length) {
      all = Arrays.copyOf(all, Math.max(index + 1, all.length * 2));
      chunks = all;
    }
    long[] chunk = all[index];
    if (chunk == null) {
      chunk = new long[CHUNK_MASK + 1];
      all[index] = chunk;
    }
    return chunk;
  }
}
