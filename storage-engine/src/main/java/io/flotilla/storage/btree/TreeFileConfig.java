package io.flotilla.storage.btree;

import io.flotilla.storage.page.PageGeometry;

/// How a tree file is made and grows.
///
/// @param pageBytes a power of two from 4096 to 65536; a file keeps the one it was made with
/// @param growthBytes the file grows by a multiple of this, or by a sixteenth of its size if that
///     is more, and by at most 64 MiB at a time unless a checkpoint needs more
public record TreeFileConfig(int pageBytes, long growthBytes) {
  private static final long GROWTH_MAX_BYTES = 64L << 20;

  public TreeFileConfig {
    if (!PageGeometry.isPageSize(pageBytes)) {
      throw new IllegalArgumentException(
          "page size must be a power of two from 4096 to 65536: " + pageBytes);
    }
    if (growthBytes < pageBytes || growthBytes > GROWTH_MAX_BYTES) {
      throw new IllegalArgumentException(
          "growth must be between one page and 64 MiB: " + growthBytes);
    }
  }

  /// Pages of 4 KiB, steps of 1 MiB.
  public static TreeFileConfig standard() {
    return new TreeFileConfig(4096, 1 << 20);
  }

  /// The size in pages of a file that must hold `pages` pages.
  int grownPages(int pages) {
    long needed = (long) pages * pageBytes;
    long step = Math.max(growthBytes, Math.min(needed / 16, GROWTH_MAX_BYTES));
    long bytes = (needed + step - 1) / step * step;
    return (int) Math.min(Integer.MAX_VALUE - 1, (bytes + pageBytes - 1) / pageBytes);
  }
}
