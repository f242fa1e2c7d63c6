package io.flotilla.storage.btree;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import io.flotilla.storage.page.Meta;
import io.flotilla.storage.page.PageGeometry;
import io.flotilla.storage.page.PageKind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// A file and what was found in it at open: the way from bytes on disk to a [PageStore].
final class OpenFile implements AutoCloseable {
  private final DiskFile disk;
  private final MappedFile mapped;
  private final PageStore store;
  private final Meta meta;
  private final List<TreeDirectory.Row> rows;
  private final EpochHolds.Hold newest;
  private EpochHolds.@Nullable Hold older;
  private int filePages;

  private OpenFile(DiskFile disk, MappedFile mapped, MetaPages.Found found) throws IOException {
    this.disk = disk;
    this.mapped = mapped;
    this.meta = found.newest();
    this.filePages = mapped.limitPages();
    if (meta.limitPages() < Meta.META_PAGES || meta.limitPages() > filePages) {
      throw mapped.damaged(
          filePages, "the file ends before page " + meta.limitPages() + ", which it should have");
    }
    this.rows = readRows();
    this.store = new PageStore(mapped, PageGeometry.of(meta.pageBytes()), meta.epoch() + 1);
    loadSpace(found.older());
    this.newest = store.pageHolds().hold(meta.epoch());
  }

  /// Makes an empty file under a temporary name first, so that a file with the right name always
  /// has whole meta pages.
  static void create(Disk disk, Path path, TreeFileConfig config) throws IOException {
    Path fresh = path.resolveSibling(path.getFileName() + ".new");
    disk.delete(fresh);
    try (DiskFile file = disk.open(fresh)) {
      file.allocate((long) Meta.META_PAGES * config.pageBytes());
      for (int sequence = 0; sequence < Meta.META_PAGES; sequence++) {
        int limit = Meta.META_PAGES;
        MetaPages.write(
            file, new Meta(config.pageBytes(), sequence, 1, limit, Meta.Run.NONE, Meta.Run.NONE));
      }
      file.force(true);
    }
    disk.rename(fresh, path);
    disk.forceDirectory(parent(path));
  }

  private static Path parent(Path path) {
    Path parent = path.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IllegalArgumentException("a file lies in a directory: " + path);
    }
    return parent;
  }

  static OpenFile open(Disk disk, Path path, TreeFileConfig config) throws IOException {
    DiskFile file = disk.open(path);
    MappedFile mapped = new MappedFile(file, config.pageBytes());
    try {
      MetaPages.Found found = MetaPages.find(file, config.pageBytes());
      mapped.mapTo((int) Math.min(Integer.MAX_VALUE - 1, file.size() / config.pageBytes()));
      return new OpenFile(file, mapped, found);
    } catch (IOException | RuntimeException e) {
      mapped.close();
      file.close();
      throw e;
    }
  }

  /// The directory of the newest state.
  List<TreeDirectory.Row> rows() {
    return rows;
  }

  private List<TreeDirectory.Row> readRows() throws IOException {
    byte[] bytes = RunImage.read(mapped, disk, meta.directory(), PageKind.DIRECTORY);
    try {
      return TreeDirectory.decode(bytes);
    } catch (IllegalArgumentException e) {
      throw mapped.damaged(meta.directory().page(), "the directory makes no sense");
    }
  }

  /// Pages that the older durable state still reaches stay out of use until its meta is replaced.
  private void loadSpace(Optional<Meta> before) throws IOException {
    byte[] free = RunImage.read(mapped, disk, meta.freeMap(), PageKind.FREE_MAP);
    Meta previous = before.filter(this::isOtherState).orElse(null);
    byte[] freeBefore = previous == null ? null : readOlder(previous);
    int limit = meta.limitPages();
    if (previous != null && freeBefore != null) {
      limit = Math.max(limit, previous.limitPages());
      older = store.pageHolds().hold(previous.epoch());
    }
    store.space().load(limit, meta.limitPages(), free);
    if (previous != null && freeBefore != null) {
      withhold(previous, freeBefore);
    }
  }

  private boolean isOtherState(Meta other) {
    return other.epoch() < meta.epoch() && other.limitPages() <= filePages;
  }

  /// The older free map; null when it is damaged: then that state is no way back anyway.
  private byte @Nullable [] readOlder(Meta previous) throws IOException {
    try {
      return RunImage.read(mapped, disk, previous.freeMap(), PageKind.FREE_MAP);
    } catch (CorruptionException e) {
      return null;
    }
  }

  private void withhold(Meta previous, byte[] freeBefore) {
    for (int page = Meta.META_PAGES; page < previous.limitPages(); page++) {
      if (store.space().isFree(page) && !PageSpace.isSet(freeBefore, page)) {
        store.space().withhold(page);
        store.pageHolds().retire(page, 1, 0, previous.epoch() + 1);
      }
    }
  }

  DiskFile disk() {
    return disk;
  }

  MappedFile mapped() {
    return mapped;
  }

  PageStore store() {
    return store;
  }

  Meta meta() {
    return meta;
  }

  EpochHolds.Hold newestHold() {
    return newest;
  }

  EpochHolds.@Nullable Hold olderHold() {
    return older;
  }

  /// The size of the file in pages.
  int filePages() {
    return filePages;
  }

  void resized(int pages) {
    filePages = pages;
  }

  @Override
  public void close() {
    store.close();
    mapped.close();
    try {
      disk.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
