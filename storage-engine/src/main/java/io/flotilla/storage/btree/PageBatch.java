package io.flotilla.storage.btree;

import io.flotilla.base.port.DiskFile;
import io.flotilla.storage.page.Memory;
import io.flotilla.storage.page.PageHeader;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.Arrays;

/// Writes frozen pages: stamps checksums on copies, and joins pages that lie next to each other in
/// the file into large writes. Storage thread.
final class PageBatch {
  private static final int BATCH_BYTES = 1 << 20;

  private final DiskFile disk;
  private final PageStore store;
  private final int pageBytes;
  private long buffer;
  private int filled;
  private long position;
  private int[] pageIds = new int[1024];
  private int[] counts = new int[1024];
  private long[] births = new long[1024];
  private int written;

  /// What was written, for the owner: page ids, pages of each, epochs in which they were made.
  record Written(int[] pages, int[] counts, long[] births, int size) {}

  PageBatch(DiskFile disk, PageStore store) {
    this.disk = disk;
    this.store = store;
    this.pageBytes = store.geometry().pageBytes();
  }

  Written write(PageBitmap pages) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      buffer = arena.allocate(BATCH_BYTES, Long.BYTES).address();
      for (int page = pages.next(0); page >= 0; page = pages.next(page + 1)) {
        add(page, store.memoryAddress(page));
      }
      flush();
    }
    return new Written(pageIds, counts, births, written);
  }

  private void note(int page, int count, long birth) {
    if (written == pageIds.length) {
      pageIds = Arrays.copyOf(pageIds, 2 * written);
      counts = Arrays.copyOf(counts, 2 * written);
      births = Arrays.copyOf(births, 2 * written);
    }
    pageIds[written] = page;
    counts[written] = count;
    births[written] = birth;
    written++;
  }

  private void add(int page, long address) throws IOException {
    int count = store.pagesAt(address);
    note(page, count, PageHeader.generation(address));
    long bytes = (long) count * pageBytes;
    int crc = PageHeader.crc(address, bytes);
    long at = (long) page * pageBytes;
    if (position + filled != at) {
      flush();
      position = at;
    }
    for (long done = 0; done < bytes; ) {
      if (filled == BATCH_BYTES) {
        flush();
      }
      int piece = (int) Math.min(bytes - done, BATCH_BYTES - filled);
      Memory.copy(address + done, buffer + filled, piece);
      if (done == 0) {
        PageHeader.putCrc(buffer + filled, crc);
      }
      done += piece;
      filled += piece;
    }
  }

  private void flush() throws IOException {
    if (filled > 0) {
      disk.write(position, Memory.buffer(buffer, filled));
      position += filled;
      filled = 0;
    }
  }
}
