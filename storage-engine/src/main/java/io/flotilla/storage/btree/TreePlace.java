package io.flotilla.storage.btree;

import io.flotilla.base.port.Disk;
import java.io.IOException;
import java.nio.file.Path;

/// Where a tree file is and how it is made: enough to open it, and to put another file there.
///
/// @param path of the file; its directory exists
public record TreePlace(Disk disk, Path path, TreeFileConfig config) {
  /// The directory of the file.
  public Path directory() {
    Path parent = path.toAbsolutePath().getParent();
    if (parent == null) {
      throw new IllegalArgumentException("a file lies in a directory: " + path);
    }
    return parent;
  }

  /// Opens the file; errors as [TreeFile#open].
  public TreeFile open() throws IOException {
    return TreeFile.open(disk, path, config);
  }

  /// Puts `whole`, a durable tree file in the same directory, into this place and opens it. After a
  /// crash the place holds the file before or this one; after this returned, this one. Whoever has
  /// the file before open keeps it: what is written to it from now on is lost.
  public TreeFile replaceBy(Path whole) throws IOException {
    disk.rename(whole, path);
    disk.forceDirectory(directory());
    return open();
  }
}
