package io.flotilla.storage.btree;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.port.DiskFile;
import io.flotilla.storage.page.Memory;
import io.flotilla.storage.page.Meta;
import io.flotilla.storage.page.MetaPage;
import io.flotilla.storage.page.PageGeometry;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/// Reads and writes the two meta pages of a file.
public final class MetaPages {
  /// The durable metas of a file.
  ///
  /// @param newest the state to go on from
  /// @param older the state before, if its meta page is whole too
  public record Found(Meta newest, Optional<Meta> older) {}

  private MetaPages() {}

  /// The page size that a file says it has, from the first meta page or from the second at any
  /// possible place; empty when no meta page is whole.
  public static Optional<Integer> pageBytes(DiskFile file) throws IOException {
    Optional<Meta> first = read(file, 0);
    if (first.isPresent()) {
      return first.map(Meta::pageBytes);
    }
    for (int size = PageGeometry.MIN_PAGE_BYTES; size <= PageGeometry.MAX_PAGE_BYTES; size *= 2) {
      Optional<Meta> second = read(file, size);
      if (second.isPresent() && second.get().pageBytes() == size) {
        return Optional.of(size);
      }
    }
    return Optional.empty();
  }

  /// @throws TreeFormatException for a foreign file, a newer format, or another page size
  /// @throws CorruptionException when neither meta page is whole
  public static Found find(DiskFile file, int pageBytes) throws IOException {
    List<Meta> whole = new ArrayList<>();
    read(file, 0).ifPresent(whole::add);
    read(file, pageBytes).ifPresent(whole::add);
    whole.removeIf(meta -> meta.pageBytes() != pageBytes);
    if (whole.isEmpty()) {
      throw refusal(file, pageBytes);
    }
    whole.sort(Comparator.comparingLong(Meta::sequence));
    Optional<Meta> older = whole.size() == 2 ? Optional.of(whole.getFirst()) : Optional.empty();
    return new Found(whole.getLast(), older);
  }

  static void write(DiskFile file, Meta meta) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      long page = arena.allocate(meta.pageBytes(), Long.BYTES).address();
      MetaPage.seal(page, meta.slot(), meta);
      long position = (long) meta.slot() * meta.pageBytes();
      file.write(position, Memory.buffer(page, meta.pageBytes()));
    }
  }

  /// The meta at a position, empty when it is not whole.
  private static Optional<Meta> read(DiskFile file, long position) throws IOException {
    try (Arena arena = Arena.ofConfined()) {
      long sector = sector(arena, file, position);
      if (!MetaPage.hasMagic(sector) || !MetaPage.crcMatches(sector)) {
        return Optional.empty();
      }
      int version = MetaPage.version(sector);
      if (version != MetaPage.FORMAT_VERSION) {
        throw new TreeFormatException(
            file.path(),
            "it has format version "
                + version
                + ", newer than "
                + MetaPage.FORMAT_VERSION
                + ", which this build reads");
      }
      return Optional.of(MetaPage.open(sector));
    }
  }

  private static long sector(Arena arena, DiskFile file, long position) throws IOException {
    long sector = arena.allocate(MetaPage.SECTOR_BYTES, Long.BYTES).address();
    if (position < file.size()) {
      file.read(position, Memory.buffer(sector, MetaPage.SECTOR_BYTES));
    }
    return sector;
  }

  private static RuntimeException refusal(DiskFile file, int pageBytes) throws IOException {
    Optional<Integer> actual = pageBytes(file);
    if (actual.isPresent()) {
      return new TreeFormatException(
          file.path(),
          "it has pages of " + actual.get() + " bytes and " + pageBytes + " are configured");
    }
    try (Arena arena = Arena.ofConfined()) {
      boolean known =
          MetaPage.hasMagic(sector(arena, file, 0))
              || MetaPage.hasMagic(sector(arena, file, pageBytes));
      return known
          ? new CorruptionException(file.path(), 0, "both meta pages are damaged")
          : new TreeFormatException(file.path(), "it is no tree file: both magic numbers differ");
    }
  }
}
