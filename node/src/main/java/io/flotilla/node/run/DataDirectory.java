package io.flotilla.node.run;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.port.Disk;
import io.flotilla.node.storage.Identity;
import io.flotilla.node.storage.NodeFiles;
import io.flotilla.storage.file.Directories;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// Where a node keeps everything, for one process at a time.
final class DataDirectory implements AutoCloseable {
  private final Disk disk;
  private final NodeFiles files;
  private final AutoCloseable lock;

  private DataDirectory(Disk disk, NodeFiles files, AutoCloseable lock) {
    this.disk = disk;
    this.files = files;
    this.lock = lock;
  }

  /// Makes the directory when there is none, and locks it.
  ///
  /// @throws StartupException when it is in use, foreign or cannot be written
  static DataDirectory open(Disk disk, Path path) {
    var files = new NodeFiles(path);
    Path member = files.lock().getParent();
    try {
      if (disk.exists(member.resolve("wal")) || disk.exists(member.resolve("snap"))) {
        throw new StartupException(
            "the data directory "
                + path.toAbsolutePath()
                + " belongs to an etcd; choose another --data-dir");
      }
      Directories.createDurably(disk, member);
      return new DataDirectory(disk, files, disk.lock(files.lock()));
    } catch (IOException e) {
      throw new StartupException(
          "the data directory " + path.toAbsolutePath() + " cannot be used: " + e.getMessage());
    }
  }

  NodeFiles files() {
    return files;
  }

  /// Free bytes of the file system.
  long usableBytes() throws IOException {
    return disk.usableBytes(files.path());
  }

  /// Who this node is, if the directory says so; null for a new directory.
  ///
  /// @throws StartupException when the file is damaged or missing
  @Nullable Identity identity() {
    Path file = files.identity();
    try {
      if (disk.exists(file)) {
        return Identity.read(disk, file);
      }
      if (!disk.list(files.groups()).isEmpty()) {
        throw new StartupException(
            "there are groups but no "
                + file
                + "; restore the file, or the whole data directory from a backup");
      }
      return null;
    } catch (CorruptionException e) {
      throw new StartupException(
          e.getMessage() + "; restore the file, or the whole data directory from a backup");
    } catch (IOException e) {
      throw new StartupException(file + " cannot be used: " + e.getMessage());
    }
  }

  /// Says who this node is from now on.
  ///
  /// @throws StartupException when it cannot be written
  void settle(Identity fresh) {
    try {
      fresh.write(disk, files.identity());
    } catch (IOException e) {
      throw new StartupException(files.identity() + " cannot be used: " + e.getMessage());
    }
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (Exception e) {
      throw new IllegalStateException("the lock of " + files.path() + " is not given back", e);
    }
  }
}
