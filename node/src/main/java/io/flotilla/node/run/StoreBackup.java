package io.flotilla.node.run;

import io.flotilla.router.route.Backup;
import io.flotilla.storage.backup.SnapshotWriter;
import io.vertx.core.Future;
import io.vertx.core.WorkerExecutor;
import io.vertx.core.buffer.Buffer;
import java.nio.ByteBuffer;
import java.util.Arrays;

/// A frozen copy of the store, read on a storage thread. One read at a time.
final class StoreBackup implements Backup {
  private final SnapshotWriter writer;
  private final WorkerExecutor storage;
  private final long sizeBytes;
  private boolean closed;

  private StoreBackup(SnapshotWriter writer, WorkerExecutor storage, long sizeBytes) {
    this.writer = writer;
    this.storage = storage;
    this.sizeBytes = sizeBytes;
  }

  /// Measures the copy first, which visits every entry once.
  static Future<Backup> open(SnapshotWriter writer, WorkerExecutor storage) {
    return storage
        .executeBlocking(writer::totalBytes)
        .<Backup>map(bytes -> new StoreBackup(writer, storage, bytes))
        .onFailure(_ -> writer.close());
  }

  @Override
  public long sizeBytes() {
    return sizeBytes;
  }

  @Override
  public Future<Buffer> read(int maxBytes) {
    return storage.executeBlocking(
        () -> {
          ByteBuffer bytes = ByteBuffer.allocate(maxBytes);
          synchronized (writer) {
            if (!closed) {
              writer.nextChunk(bytes);
            }
          }
          return Buffer.buffer(Arrays.copyOf(bytes.array(), bytes.position()));
        });
  }

  /// Waits for a read that is under way, on a storage thread.
  @Override
  public void close() {
    storage.executeBlocking(
        () -> {
          synchronized (writer) {
            if (!closed) {
              closed = true;
              writer.close();
            }
          }
          return null;
        });
  }
}
