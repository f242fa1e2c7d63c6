package io.flotilla.storage.backup;

import io.flotilla.base.Invariants;
import io.flotilla.storage.btree.ReadView;
import java.nio.ByteBuffer;

/// One store at one revision as a stream, pulled chunk by chunk. Works on a read view, so writes
/// go on meanwhile; used by one thread at a time, not the owner's. Needs memory for one frame and
/// one key, however large the store.
///
/// The stream's length is a multiple of 512, which etcdctl expects of what it saves (contract
/// §2.11); the SHA-256 that etcd sends after the data is not part of it.
public final class SnapshotWriter implements AutoCloseable {
  private final ReadView view;
  private final SnapshotItems items;
  private final long totalBytes;
  private final byte[] payload = new byte[SnapshotFormat.PAYLOAD_BYTES];
  private final ByteBuffer frame =
      ByteBuffer.allocate(SnapshotFormat.FRAME_CRC_BYTES + SnapshotFormat.PAYLOAD_BYTES);
  private ByteBuffer pending;
  private long bodyLeft;
  private long left;
  private int crc;

  private SnapshotWriter(ReadView view, long revision) {
    this.view = view;
    this.items = new SnapshotItems(view);
    this.bodyLeft = SnapshotItems.bodyBytes(view);
    this.totalBytes = SnapshotFormat.totalBytes(bodyLeft);
    this.left = totalBytes;
    this.pending = SnapshotFormat.header(bodyLeft, revision);
    this.crc = pending.getInt(SnapshotFormat.CRC_OFFSET);
  }

  /// Takes over `view`, also when this fails. Visits every entry once to know the length, so it is
  /// called off the owner's thread.
  ///
  /// @param revision the revision of the store in `view`
  public static SnapshotWriter open(ReadView view, long revision) {
    try {
      return new SnapshotWriter(view, revision);
    } catch (RuntimeException | Error failure) {
      view.close();
      throw failure;
    }
  }

  /// Length of the whole stream in bytes.
  public long totalBytes() {
    return totalBytes;
  }

  /// Bytes that have not been pulled yet.
  public long remainingBytes() {
    return left;
  }

  /// Fills `target` with the next bytes; it stays short only at the end of the stream. False when
  /// there was nothing left.
  public boolean nextChunk(ByteBuffer target) {
    if (left == 0) {
      return false;
    }
    while (target.hasRemaining() && left > 0) {
      if (!pending.hasRemaining()) {
        nextPiece();
      }
      int size = Math.min(target.remaining(), pending.remaining());
      target.put(target.position(), pending, pending.position(), size);
      target.position(target.position() + size);
      pending.position(pending.position() + size);
      left -= size;
    }
    return true;
  }

  private void nextPiece() {
    pending = bodyLeft > 0 ? nextFrame() : ByteBuffer.allocate((int) left);
  }

  private ByteBuffer nextFrame() {
    int length = (int) Math.min(payload.length, bodyLeft);
    Invariants.checkEqual(items.read(payload, length), length, "a read view keeps its length");
    crc = SnapshotFormat.crc(crc, payload, length);
    bodyLeft -= length;
    return frame.clear().putInt(crc).put(payload, 0, length).flip();
  }

  @Override
  public void close() {
    view.close();
  }
}
