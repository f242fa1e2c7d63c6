package io.flotilla.storage.btree;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.port.DiskFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;

/// The file as memory: one mapping made at open, and one more each time the file grows past what is
/// mapped. Mappings stay until [#close], also over a truncated tail, which nobody reads.
///
/// Growing happens on the storage thread; reading on any.
final class MappedFile implements AutoCloseable {
  /// Parts in the order of the file, without gaps.
  private record Parts(int[] firstPages, MemorySegment[] segments, int limit) {
    Parts plus(MemorySegment segment, int pages) {
      int count = segments.length;
      int[] pageIds = Arrays.copyOf(firstPages, count + 1);
      MemorySegment[] all = Arrays.copyOf(segments, count + 1);
      pageIds[count] = limit;
      all[count] = segment;
      return new Parts(pageIds, all, limit + pages);
    }
  }

  private final DiskFile file;
  private final int pageBytes;
  private final Arena arena = Arena.ofShared();
  private volatile Parts parts = new Parts(new int[0], new MemorySegment[0], 0);

  MappedFile(DiskFile file, int pageBytes) {
    this.file = file;
    this.pageBytes = pageBytes;
  }

  Path path() {
    return file.path();
  }

  int pageBytes() {
    return pageBytes;
  }

  /// Pages that can be read.
  int limitPages() {
    return parts.limit();
  }

  /// Maps what the file has up to `pages` pages.
  void mapTo(int pages) throws IOException {
    Parts now = parts;
    if (pages > now.limit()) {
      int more = pages - now.limit();
      long bytes = (long) more * pageBytes;
      parts = now.plus(file.map((long) now.limit() * pageBytes, bytes, arena), more);
    }
  }

  /// @throws CorruptionException when the page lies beyond the file
  long address(int page) {
    Parts now = parts;
    checkInside(page, now);
    int part = part(page, now);
    long offset = (long) (page - now.firstPages()[part]) * pageBytes;
    return now.segments()[part].address() + offset;
  }

  /// How many bytes from the beginning of `page` on are contiguous in memory.
  long contiguousBytes(int page) {
    Parts now = parts;
    checkInside(page, now);
    int part = part(page, now);
    long offset = (long) (page - now.firstPages()[part]) * pageBytes;
    return now.segments()[part].byteSize() - offset;
  }

  private static int part(int page, Parts now) {
    int found = Arrays.binarySearch(now.firstPages(), page);
    return found >= 0 ? found : -2 - found;
  }

  private void checkInside(int page, Parts now) {
    if (page < 0 || page >= now.limit()) {
      throw damaged(page, "page " + page + " lies beyond the end of the file");
    }
  }

  CorruptionException damaged(int page, String reason) {
    return new CorruptionException(file.path(), Math.max(0, page) * (long) pageBytes, reason);
  }

  @Override
  public void close() {
    arena.close();
  }
}
