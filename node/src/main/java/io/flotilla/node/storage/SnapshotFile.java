package io.flotilla.node.storage;

import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import io.flotilla.storage.backup.SnapshotSource;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;

/// A file that `etcdctl snapshot save` made: the stream that a node sent, then its SHA-256.
final class SnapshotFile implements AutoCloseable {
  private static final int DIGEST_BYTES = 32;
  private static final int BLOCK_BYTES = 512;
  private static final int CHUNK_BYTES = 256 << 10;

  private final DiskFile file;
  private final long streamBytes;

  private SnapshotFile(DiskFile file, long streamBytes) {
    this.file = file;
    this.streamBytes = streamBytes;
  }

  /// Opens the file and compares all of it with its digest.
  ///
  /// @throws UnusableDirectoryException when it is cut off or changed
  static SnapshotFile open(Disk disk, Path path, Progress progress) throws IOException {
    if (!disk.exists(path)) {
      throw new UnusableDirectoryException(path + " does not exist");
    }
    DiskFile file = disk.openForRead(path);
    try {
      long size = file.size();
      if (size % BLOCK_BYTES != DIGEST_BYTES) {
        throw new UnusableDirectoryException(
            path + " of " + size + " bytes is cut off, or was not made by etcdctl snapshot save");
      }
      var snapshot = new SnapshotFile(file, size - DIGEST_BYTES);
      if (!progress.during("verifying " + path, snapshot::matchesDigest)) {
        throw new UnusableDirectoryException(path + " is damaged: its SHA-256 is another one");
      }
      return snapshot;
    } catch (IOException | RuntimeException failure) {
      file.close();
      throw failure;
    }
  }

  private boolean matchesDigest() throws IOException {
    MessageDigest digest = sha256();
    SnapshotSource source = source();
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK_BYTES);
    while (source.read(chunk) >= 0) {
      digest.update(chunk.flip());
      chunk.clear();
    }
    ByteBuffer expected = ByteBuffer.allocate(DIGEST_BYTES);
    file.read(streamBytes, expected);
    return MessageDigest.isEqual(digest.digest(), expected.array());
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /// The stream, from its beginning.
  SnapshotSource source() {
    return new SnapshotSource() {
      private long position;

      @Override
      public int read(ByteBuffer target) throws IOException {
        if (position == streamBytes) {
          return -1;
        }
        int limit = target.limit();
        target.limit((int) Math.min(limit, target.position() + streamBytes - position));
        int size = file.read(position, target);
        target.limit(limit);
        position += size;
        return size == 0 ? -1 : size;
      }
    };
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
