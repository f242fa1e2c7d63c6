package io.flotilla.storage.check;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import io.flotilla.storage.btree.MetaPages;
import io.flotilla.storage.btree.TreeFormatException;
import io.flotilla.storage.page.Meta;
import io.flotilla.storage.page.PageGeometry;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Verifies a B+tree file that nobody writes: every page is reached exactly once, as a meta page,
/// from a tree or as one of the file's own runs, or it is free; keys are in order within pages and
/// across them; subtree counts, lengths and checksums match. The older durable state, which a crash
/// could fall back to, is verified in the same way.
public final class TreeCheck {
  public static final int MAX_PROBLEMS = 200;

  private TreeCheck() {}

  /// @throws IOException when the file cannot be read; what is wrong in it is in the report
  public static CheckReport verify(Disk disk, Path path) throws IOException {
    try (DiskFile file = disk.openForRead(path)) {
      Optional<Integer> pageBytes = MetaPages.pageBytes(file);
      return pageBytes.isEmpty() ? unreadable(path, file) : verify(path, file, pageBytes.get());
    } catch (TreeFormatException | CorruptionException e) {
      return refused(path, String.valueOf(e.getMessage()));
    }
  }

  private static CheckReport unreadable(Path path, DiskFile file) throws IOException {
    MetaPages.find(file, PageGeometry.MIN_PAGE_BYTES);
    return refused(path, "the meta pages changed while they were read");
  }

  private static CheckReport refused(Path path, String reason) {
    List<Problem> problems = List.of(new Problem(-1, 0, reason));
    return new CheckReport(path.toString(), 0, 0, -1, 0, 0, List.of(), problems);
  }

  private static CheckReport verify(Path path, DiskFile file, int pageBytes) throws IOException {
    MetaPages.Found found = MetaPages.find(file, pageBytes);
    Meta newest = found.newest();
    var findings = new Findings(pageBytes);
    try (PageImage image = new PageImage(file, pageBytes)) {
      var walk = new StateWalk(image, newest, findings);
      walk.run();
      found.older().ifPresent(older -> new StateWalk(image, older, findings).run());
      return new CheckReport(
          path.toString(),
          pageBytes,
          image.pages(),
          newest.sequence(),
          walk.usedPages(),
          walk.freePages(),
          walk.trees(),
          findings.problems());
    }
  }
}
