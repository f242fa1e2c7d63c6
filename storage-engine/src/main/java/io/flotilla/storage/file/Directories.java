package io.flotilla.storage.file;

import io.flotilla.base.port.Disk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// Directories that survive power loss.
public final class Directories {
  private Directories() {}

  /// Creates `directory` and the missing ones above it, and makes their names durable. The name of
  /// `directory` itself is forced even when it existed: an earlier process may have been killed
  /// between creating and forcing it.
  public static void createDurably(Disk disk, Path directory) throws IOException {
    Deque<Path> parents = new ArrayDeque<>();
    @Nullable Path at = directory;
    while (at != null && !disk.exists(at)) {
      push(parents, at.getParent());
      at = at.getParent();
    }
    if (parents.isEmpty()) {
      push(parents, directory.getParent());
    }
    disk.createDirectories(directory);
    for (Path parent : parents) {
      disk.forceDirectory(parent);
    }
  }

  private static void push(Deque<Path> parents, @Nullable Path parent) {
    if (parent != null) {
      parents.push(parent);
    }
  }
}
