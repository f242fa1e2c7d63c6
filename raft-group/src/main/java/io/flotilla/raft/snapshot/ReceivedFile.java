package io.flotilla.raft.snapshot;

import com.google.protobuf.ByteString;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import io.flotilla.proto.peer.SnapshotChunk;
import io.flotilla.storage.file.DiskFullException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/// The stream of a received state on disk. All methods block; one storage thread at a time. The
/// file is never forced: a crash ends the transfer anyway.
final class ReceivedFile {
  /// The stream and the tree that is made of it are there together.
  private static final int COPIES = 2;

  private final Disk disk;
  private final DiskFile file;

  private ReceivedFile(Disk disk, DiskFile file) {
    this.disk = disk;
    this.file = file;
  }

  /// Makes an empty file.
  ///
  /// @throws DiskFullException when there is no room for what is to come
  static ReceivedFile create(Disk disk, Path path, long totalBytes) throws IOException {
    if (disk.usableBytes(path) / COPIES < totalBytes) {
      throw new DiskFullException(path, null);
    }
    disk.delete(path);
    return new ReceivedFile(disk, disk.open(path));
  }

  Path path() {
    return file.path();
  }

  void write(List<SnapshotChunk> chunks) throws IOException {
    for (SnapshotChunk chunk : chunks) {
      ByteString data = chunk.getData();
      long position = chunk.getOffset();
      for (ByteBuffer part : data.asReadOnlyByteBufferList()) {
        int bytes = part.remaining();
        file.write(position, part);
        position += bytes;
      }
    }
  }

  void delete() throws IOException {
    file.close();
    disk.delete(file.path());
  }
}
