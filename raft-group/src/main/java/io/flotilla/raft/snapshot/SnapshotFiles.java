package io.flotilla.raft.snapshot;

import io.flotilla.base.port.Disk;
import java.io.IOException;
import java.nio.file.Path;

/// Names of received files. They lie beside the state that they are for, and all of them begin
/// alike, so that what a crash leaves behind is known for it.
///
///     received-<id in hex>        the stream as it arrives
///     received-<id in hex>.tree   the state made of it, until it takes its place
public final class SnapshotFiles {
  private static final String PREFIX = "received-";

  private SnapshotFiles() {}

  static Path stream(Path directory, long snapshotId) {
    return directory.resolve(PREFIX + Long.toHexString(snapshotId));
  }

  /// Where the state made of a received stream is built.
  public static Path tree(Path stream) {
    return stream.resolveSibling(stream.getFileName() + ".tree");
  }

  /// Removes what an earlier run left; blocks. For a directory that no transfer uses yet.
  public static void deleteLeftovers(Disk disk, Path directory) throws IOException {
    for (String name : disk.list(directory)) {
      if (name.startsWith(PREFIX)) {
        disk.delete(directory.resolve(name));
      }
    }
  }
}
