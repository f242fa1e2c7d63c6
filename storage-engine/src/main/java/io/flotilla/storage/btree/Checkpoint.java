package io.flotilla.storage.btree;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.port.DiskFile;
import io.flotilla.storage.page.Meta;
import io.flotilla.storage.page.PageKind;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One durable state in the making. The owner thread begins and ends it, [#run] is for a storage
/// thread; the caller hands it over safely.
///
/// A crash at any moment leaves the meta page of this checkpoint or the one before it as the newest
/// whole one, and every page that either of them reaches.
public final class Checkpoint {
  private enum Stage {
    BEGUN,
    WRITING,
    FORCING,
    DONE
  }

  private final DiskFile disk;
  private final MappedFile mapped;
  private final PageStore store;
  private final Lifetime lifetime;
  private final Plan plan;
  private PageBatch.@Nullable Written written; // published by `stage`
  private volatile Stage stage = Stage.BEGUN;

  /// What [#run] writes; everything in it is frozen.
  ///
  /// @param pages the dirty pages and heads of runs
  /// @param pageCount the pages they make up
  /// @param filePages the size that the file must have
  /// @param truncatePages the size to cut the file to afterwards, zero to leave it
  record Plan(
      Meta meta,
      List<TreeDirectory.Row> directory,
      byte[] freeMap,
      PageBitmap pages,
      long pageCount,
      int filePages,
      int truncatePages) {}

  Checkpoint(OpenFile file, Lifetime lifetime, Plan plan) {
    this.disk = file.disk();
    this.mapped = file.mapped();
    this.store = file.store();
    this.lifetime = lifetime;
    this.plan = plan;
  }

  /// Bytes of tree pages that [#run] writes.
  public long bytes() {
    return plan.pageCount() * store.geometry().pageBytes();
  }

  /// Writes the pages, forces, writes the meta page, forces. Once.
  ///
  /// @throws IOException when the state is not known to be durable. [TreeFile#abandonCheckpoint]
  ///     takes it back if nothing was forced yet; a failed force is final for the process.
  public void run() throws IOException {
    check(stage == Stage.BEGUN, "a checkpoint runs once");
    if (!lifetime.tryEnter()) {
      throw new IOException("the tree file was closed before its checkpoint ran");
    }
    try {
      stage = Stage.WRITING;
      write();
      stage = Stage.DONE;
    } finally {
      lifetime.leave();
    }
  }

  private void write() throws IOException {
    boolean grows = disk.size() < (long) plan.filePages() * store.geometry().pageBytes();
    if (grows) {
      disk.allocate((long) plan.filePages() * store.geometry().pageBytes());
    }
    written = new PageBatch(disk, store).write(plan.pages());
    writeRuns();
    stage = Stage.FORCING;
    disk.force(grows);
    MetaPages.write(disk, plan.meta());
    disk.force(false);
    if (plan.truncatePages() > 0) {
      truncate();
    }
    mapped.mapTo(plan.filePages());
  }

  private void writeRuns() throws IOException {
    Meta meta = plan.meta();
    byte[] names = TreeDirectory.encode(plan.directory());
    var geometry = store.geometry();
    var directory = new RunImage.RunContent(PageKind.DIRECTORY, meta.epoch(), names);
    RunImage.write(disk, geometry, meta.directory(), directory);
    var freeMap = new RunImage.RunContent(PageKind.FREE_MAP, meta.epoch(), plan.freeMap());
    RunImage.write(disk, geometry, meta.freeMap(), freeMap);
  }

  /// Cuts the tail off. The other meta page may reach into it, so it gets this state first.
  private void truncate() throws IOException {
    MetaPages.write(disk, lastMeta());
    disk.force(false);
    disk.truncate((long) plan.truncatePages() * store.geometry().pageBytes());
    disk.force(true);
  }

  /// The meta with the highest sequence that this checkpoint leaves in the file.
  Meta lastMeta() {
    Meta meta = plan.meta();
    return plan.truncatePages() == 0
        ? meta
        : new Meta(
            meta.pageBytes(),
            meta.sequence() + 1,
            meta.epoch(),
            meta.limitPages(),
            meta.directory(),
            meta.freeMap());
  }

  Plan plan() {
    return plan;
  }

  /// The pages that are in the file now. After [#run].
  PageBatch.Written written() {
    PageBatch.Written pages = written;
    check(pages != null, "pages were written");
    return pages;
  }

  boolean isDone() {
    return stage == Stage.DONE;
  }

  /// Whether nothing was forced yet, so that the file still is as the checkpoint before left it.
  boolean canBeAbandoned() {
    return stage == Stage.BEGUN || stage == Stage.WRITING;
  }
}
