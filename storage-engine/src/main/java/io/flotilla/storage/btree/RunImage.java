package io.flotilla.storage.btree;

import io.flotilla.base.port.DiskFile;
import io.flotilla.storage.page.Memory;
import io.flotilla.storage.page.Meta;
import io.flotilla.storage.page.PageGeometry;
import io.flotilla.storage.page.PageHeader;
import io.flotilla.storage.page.PageKind;
import io.flotilla.storage.page.RunPage;
import java.io.IOException;
import java.lang.foreign.Arena;

/// The runs of the file itself, the directory and the free map: written and read whole.
final class RunImage {
  private RunImage() {}

  static void write(DiskFile file, PageGeometry geometry, Meta.Run run, RunContent content)
      throws IOException {
    if (run.page() == 0) {
      return;
    }
    long bytes = (long) geometry.runPages(run.length()) * geometry.pageBytes();
    try (Arena arena = Arena.ofConfined()) {
      long page = arena.allocate(bytes, Long.BYTES).address();
      PageHeader.init(page, content.kind(), 0, run.page(), content.epoch());
      RunPage.putLength(page, run.length());
      Memory.copyIn(content.payload(), 0, RunPage.payload(page), run.length());
      PageHeader.putCrc(page, PageHeader.crc(page, bytes));
      file.write((long) run.page() * geometry.pageBytes(), Memory.buffer(page, bytes));
    }
  }

  /// What goes into a run.
  record RunContent(int kind, long epoch, byte[] payload) {}

  /// Reads a run back.
  ///
  /// @throws io.flotilla.base.CorruptionException when it is not what was written
  static byte[] read(MappedFile file, DiskFile disk, Meta.Run run, int kind) throws IOException {
    if (run.page() == 0) {
      return new byte[0];
    }
    PageGeometry geometry = PageGeometry.of(file.pageBytes());
    int pages = geometry.runPages(Integer.toUnsignedLong(run.length()));
    if (run.length() < 0 || run.page() < 0 || (long) run.page() + pages > file.limitPages()) {
      throw file.damaged(run.page(), PageKind.name(kind) + " lies beyond the end of the file");
    }
    long bytes = (long) pages * file.pageBytes();
    try (Arena arena = Arena.ofConfined()) {
      long page = arena.allocate(bytes, Long.BYTES).address();
      disk.read((long) run.page() * file.pageBytes(), Memory.buffer(page, bytes));
      boolean whole =
          PageHeader.kind(page) == kind
              && PageHeader.pageId(page) == run.page()
              && RunPage.length(page) == run.length()
              && PageHeader.storedCrc(page) == PageHeader.crc(page, bytes);
      if (!whole) {
        throw file.damaged(run.page(), "the " + PageKind.name(kind) + " is not whole");
      }
      byte[] payload = new byte[run.length()];
      Memory.copyOut(RunPage.payload(page), payload, 0, payload.length);
      return payload;
    }
  }
}
