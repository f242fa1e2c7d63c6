package io.flotilla.raft.snapshot;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkEqual;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import io.flotilla.proto.peer.SnapshotChunk;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.zip.CRC32C;

/// The chunks of a stream that were read and are not confirmed: the part of it that can be sent
/// again. `confirmed <= sent <= read`, in bytes from the beginning.
final class Chunks {
  private final Deque<SnapshotChunk> held = new ArrayDeque<>();
  private long confirmed;
  private long sent;
  private long read;

  /// A chunk for the wire. The array is not copied.
  static SnapshotChunk of(long offset, byte[] data) {
    ByteString bytes = UnsafeByteOperations.unsafeWrap(data);
    return SnapshotChunk.newBuilder()
        .setOffset(offset)
        .setData(bytes)
        .setChecksum(checksum(bytes))
        .build();
  }

  static int checksum(ByteString data) {
    var crc = new CRC32C();
    for (ByteBuffer part : data.asReadOnlyByteBufferList()) {
      crc.update(part);
    }
    return (int) crc.getValue();
  }

  long confirmed() {
    return confirmed;
  }

  long sent() {
    return sent;
  }

  long read() {
    return read;
  }

  long unconfirmed() {
    return read - confirmed;
  }

  void add(SnapshotChunk chunk) {
    checkEqual(chunk.getOffset(), read, "chunks are read in order");
    held.addLast(chunk);
    read = end(chunk);
  }

  boolean hasUnsent() {
    return sent < read;
  }

  /// The next chunk to send. After [#hasUnsent]; [#onSent] takes it.
  SnapshotChunk next() {
    for (SnapshotChunk chunk : held) {
      if (chunk.getOffset() == sent) {
        return chunk;
      }
    }
    throw new IllegalStateException("what is unsent is held");
  }

  void onSent(SnapshotChunk chunk) {
    check(chunk.getOffset() == sent, "chunks are sent in order");
    sent = end(chunk);
  }

  /// The receiver holds everything up to `offset`. Returns false when that makes no sense. What was
  /// confirmed before stays so.
  boolean confirm(long offset) {
    while (!held.isEmpty() && end(held.getFirst()) <= offset) {
      confirmed = end(held.removeFirst());
    }
    sent = Math.max(sent, confirmed);
    return offset <= confirmed;
  }

  /// Goes on sending from `offset`, which the receiver holds everything up to. Returns false when
  /// that cannot be: it was confirmed and let go of, or is not the beginning of a chunk.
  boolean resumeFrom(long offset) {
    if (offset < confirmed || !confirm(offset)) {
      return false;
    }
    sent = offset;
    return true;
  }

  void clear() {
    held.clear();
  }

  private static long end(SnapshotChunk chunk) {
    return chunk.getOffset() + chunk.getData().size();
  }
}
