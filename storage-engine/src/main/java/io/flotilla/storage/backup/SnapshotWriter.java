package io.flotilla.storage.backup;

import io.flotilla.base.Invariants;
import io.flotilla.storage.btree.ReadView;
import io.flotilla.storage.btree.TreeFile;
import java.nio.ByteBuffer;
import java.util.List;

/// One store at one revision as a stream, pulled chunk by chunk. Works on read views, so writes
/// go on meanwhile; used by one thread at a time, not the owner's. Needs memory for one frame and
/// one key, however large the store.
///
/// The stream's length is a multiple of 512, which etcdctl expects of what it saves (contract
/// §2.11); the SHA-256 that etcd sends after the data is not part of it.
public final class SnapshotWriter implements AutoCloseable {
  private final List<ReadView> views;
  private final List<SnapshotTree> trees;
  private final long revision;
  private final SnapshotItems items;
  private final byte[] payload = new byte[SnapshotFormat.PAYLOAD_BYTES];
  private final ByteBuffer frame =
      ByteBuffer.allocate(SnapshotFormat.FRAME_CRC_BYTES + SnapshotFormat.PAYLOAD_BYTES);
  private ByteBuffer pending = ByteBuffer.allocate(0);
  private long totalBytes;
  private long bodyLeft;
  private long left;
  private int crc;

  private SnapshotWriter(List<ReadView> views, List<SnapshotTree> trees, long revision) {
    this.views = views;
    this.trees = trees;
    this.revision = revision;
    this.items = new SnapshotItems(trees);
  }

  /// Freezes the present state of a store. Cheap; called by the owner of `file`, which then hands
  /// the writer over.
  ///
  /// @param revision the revision of the store in `file`
  public static SnapshotWriter open(TreeFile file, long revision) {
    ReadView view = file.openView();
    List<SnapshotTree> trees =
        file.treeNames().stream()
            .sorted()
            .map(name -> new SnapshotTree(name, List.of(plain(view, name))))
            .toList();
    return new SnapshotWriter(List.of(view), trees, revision);
  }

  private static SnapshotTree.Part plain(ReadView view, String name) {
    return new SnapshotTree.Part(
        view.tree(name), SnapshotTree.Filter.ALL, SnapshotTree.Rewrite.NONE);
  }

  /// One store out of several that were frozen.
  ///
  /// @param views owned by the writer from here on; those that the trees are of
  /// @param trees in the order of their names
  /// @param revision of the store that they make
  public static SnapshotWriter of(List<ReadView> views, List<SnapshotTree> trees, long revision) {
    return new SnapshotWriter(List.copyOf(views), List.copyOf(trees), revision);
  }

  /// Length of the whole stream in bytes. The first call visits every entry, without its value, so
  /// it is not for the owner's thread; the stream begins with one.
  public long totalBytes() {
    if (totalBytes == 0) {
      bodyLeft = SnapshotItems.bodyBytes(trees);
      totalBytes = SnapshotFormat.totalBytes(bodyLeft);
      left = totalBytes;
      pending = SnapshotFormat.header(bodyLeft, revision);
      crc = pending.getInt(SnapshotFormat.CRC_OFFSET);
    }
    return totalBytes;
  }

  /// Bytes that have not been pulled yet.
  public long remainingBytes() {
    totalBytes();
    return left;
  }

  /// Fills `target` with the next bytes; it stays short only at the end of the stream. False when
  /// there was nothing left.
  public boolean nextChunk(ByteBuffer target) {
    if (remainingBytes() == 0) {
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
    views.forEach(ReadView::close);
  }
}
