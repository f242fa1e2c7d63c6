package io.flotilla.node.run;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Disk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/// Where a node keeps everything, for one process at a time.
///
///     member/lock        held while the node runs
///     member/identity    who the node is; written once
///     groups/<id>/wal/   a group's write-ahead log
///     groups/<id>/snap/  a group's tree file
final class DataDirectory implements AutoCloseable {
  private static final String IDENTITY = "identity";
  private static final int IDENTITY_BYTES_MAX = 64 * 1024;

  private final Disk disk;
  private final Path path;
  private final AutoCloseable lock;

  private DataDirectory(Disk disk, Path path, AutoCloseable lock) {
    this.disk = disk;
    this.path = path;
    this.lock = lock;
  }

  /// Makes the directory when there is none, and locks it.
  ///
  /// @throws StartupException when it is in use, foreign or cannot be written
  static DataDirectory open(Disk disk, Path path) {
    Path member = path.resolve("member");
    try {
      if (disk.exists(member.resolve("wal")) || disk.exists(member.resolve("snap"))) {
        throw new StartupException(
            "the data directory "
                + path.toAbsolutePath()
                + " belongs to an etcd; choose another --data-dir");
      }
      disk.createDirectories(member);
      return new DataDirectory(disk, path, disk.lock(member.resolve("lock")));
    } catch (IOException e) {
      throw new StartupException(
          "the data directory " + path.toAbsolutePath() + " cannot be used: " + e.getMessage());
    }
  }

  Path walOf(GroupId group) {
    return groupPath(group).resolve("wal");
  }

  Path treeFileOf(GroupId group) throws IOException {
    Path snap = groupPath(group).resolve("snap");
    disk.createDirectories(snap);
    return snap.resolve("db");
  }

  private Path groupPath(GroupId group) {
    return path.resolve("groups").resolve(group.toString());
  }

  /// Free bytes of the file system.
  long usableBytes() throws IOException {
    return disk.usableBytes(path);
  }

  /// Who this node is: read, or `fresh` written for a new directory.
  ///
  /// @throws StartupException when the file is damaged or cannot be written
  Identity identity(Identity fresh) {
    Path file = path.resolve("member").resolve(IDENTITY);
    try {
      if (disk.exists(file)) {
        return Identity.parse(file, read(file));
      }
      if (!disk.list(path.resolve("groups")).isEmpty()) {
        throw new StartupException(
            "the data directory "
                + path.toAbsolutePath()
                + " has groups but no "
                + file
                + "; restore the file, or the whole directory from a backup");
      }
      write(file, fresh.lines());
      return fresh;
    } catch (IOException e) {
      throw new StartupException(file + " cannot be used: " + e.getMessage());
    }
  }

  private List<String> read(Path file) throws IOException {
    try (var open = disk.openForRead(file)) {
      var bytes = ByteBuffer.allocate((int) Math.min(open.size(), IDENTITY_BYTES_MAX));
      open.read(0, bytes);
      return StandardCharsets.UTF_8.decode(bytes.flip()).toString().lines().toList();
    }
  }

  /// The name appears only when the content is durable.
  private void write(Path file, List<String> lines) throws IOException {
    Path fresh = file.resolveSibling(IDENTITY + ".new");
    disk.delete(fresh);
    try (var open = disk.open(fresh)) {
      String text = String.join("\n", lines) + "\n";
      open.write(0, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      open.force(true);
    }
    disk.rename(fresh, file);
    disk.forceDirectory(file.getParent());
    disk.forceDirectory(path);
  }

  @Override
  public void close() {
    try {
      lock.close();
    } catch (Exception e) {
      throw new IllegalStateException("the lock of " + path + " could not be given back", e);
    }
  }
}
