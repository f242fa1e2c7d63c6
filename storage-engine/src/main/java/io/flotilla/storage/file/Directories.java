package io.flotilla.storage.file;

import io.flotilla.base.port.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Directories that survive power loss.
public final class Directories {
  private Directories() {}

  /// Creates `directory` and the missing ones above it, and makes their names durable.
  ///
  /// Names that existed are forced again, as far up as this process may: an earlier process may
  /// have been killed between creating and forcing them.
  public static void createDurably(Disk disk, Path directory) throws IOException {
    List<Path> created = new ArrayList<>();
    @Nullable Path at = directory.toAbsolutePath();
    while (at != null && !disk.exists(at)) {
      created.addFirst(at);
      at = at.getParent();
    }
    disk.createDirectories(directory);
    for (@Nullable Path up = at; up != null && up.getParent() != null; up = up.getParent()) {
      forceIfAllowed(disk, up.getParent());
    }
    for (Path path : created) {
      Path parent = path.getParent();
      if (parent != null) {
        disk.forceDirectory(parent);
      }
    }
  }

  private static void forceIfAllowed(Disk disk, Path directory) {
    try {
      disk.forceDirectory(directory);
    } catch (IOException _) {
      // Not ours, or of a file system that does not force directories: it held before this start.
    }
  }
}
