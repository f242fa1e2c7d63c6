package io.flotilla.storage.check;

import io.flotilla.base.port.DiskFile;
import io.flotilla.storage.page.BranchCell;
import io.flotilla.storage.page.CellKey;
import io.flotilla.storage.page.LeafCell;
import io.flotilla.storage.page.Memory;
import io.flotilla.storage.page.PageGeometry;
import io.flotilla.storage.page.PageHeader;
import io.flotilla.storage.page.RunPage;
import java.io.IOException;
import java.lang.foreign.Arena;

/// A whole file in one mapping.
final class PageImage implements AutoCloseable {
  private final Arena arena = Arena.ofShared();
  private final PageGeometry geometry;
  private final long base;
  private final int pages;

  PageImage(DiskFile file, int pageBytes) throws IOException {
    geometry = PageGeometry.of(pageBytes);
    pages = (int) Math.min(Integer.MAX_VALUE, file.size() / pageBytes);
    base = pages == 0 ? 0 : file.map(0, (long) pages * pageBytes, arena).address();
  }

  PageGeometry geometry() {
    return geometry;
  }

  int pages() {
    return pages;
  }

  boolean contains(long page) {
    return page >= 0 && page < pages;
  }

  long address(int page) {
    return base + (long) page * geometry.pageBytes();
  }

  /// Pages of a run, or so many that it does not fit when its length makes no sense.
  long runPages(int page) {
    long length = Integer.toUnsignedLong(RunPage.length(address(page)));
    return (PageHeader.SIZE + length + geometry.pageBytes() - 1) / geometry.pageBytes();
  }

  byte[] payload(int run) {
    byte[] bytes = new byte[RunPage.length(address(run))];
    Memory.copyOut(RunPage.payload(address(run)), bytes, 0, bytes.length);
    return bytes;
  }

  byte[] leafKey(long cell) {
    return key(LeafCell.head(cell), cell + LeafCell.KEY_OFFSET);
  }

  byte[] branchKey(long cell) {
    return key(BranchCell.head(cell), cell + BranchCell.KEY_OFFSET);
  }

  private byte[] key(long head, long keyAt) {
    int inline = CellKey.inline(head);
    byte[] key = new byte[CellKey.length(head, keyAt)];
    Memory.copyOut(keyAt, key, 0, inline);
    if (inline < key.length) {
      long rest = RunPage.payload(address(CellKey.run(head, keyAt)));
      Memory.copyOut(rest, key, inline, key.length - inline);
    }
    return key;
  }

  @Override
  public void close() {
    arena.close();
  }
}
