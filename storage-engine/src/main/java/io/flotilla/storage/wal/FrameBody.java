package io.flotilla.storage.wal;

import io.flotilla.base.CorruptionException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;

/// The bodies of a complete frame's sectors, put together. Layout: [FrameBuffer].
final class FrameBody {
  private final Path file;
  private final int firstSector;
  private final ByteBuffer bytes;

  FrameBody(Path file, int firstSector, int sectors) {
    this.file = file;
    this.firstSector = firstSector;
    bytes =
        ByteBuffer.allocate(Math.multiplyExact(sectors, Sector.BODY_BYTES))
            .order(ByteOrder.LITTLE_ENDIAN);
  }

  void add(ByteBuffer window, int at) {
    bytes.put(bytes.position(), window, at + Sector.BODY_OFFSET, Sector.BODY_BYTES);
    bytes.position(bytes.position() + Sector.BODY_BYTES);
  }

  int records() {
    return bytes.getInt(4);
  }

  /// Gives the records to `visitor` and moves `chain` to the last of them.
  ///
  /// @param position number of the frame's first record in the log's life
  /// @throws CorruptionException when the frame does not continue `chain` or contradicts itself
  void deliver(RecordChain chain, int sequence, long position, WalVisitor visitor) {
    int end = FrameBuffer.HEADER_BYTES + checkHeader(chain);
    int at = FrameBuffer.HEADER_BYTES;
    long record = position;
    while (at < end) {
      int length = end - at < RecordChain.HEADER_BYTES ? -1 : bytes.getInt(at);
      if (length < 0 || length > end - at - RecordChain.HEADER_BYTES) {
        throw damage(at, "a record does not fit into its frame");
      }
      int kind = bytes.get(at + 4) & 0xff;
      int payload = at + RecordChain.HEADER_BYTES;
      chain.begin(length, kind);
      chain.add(bytes.array(), payload, length);
      if (chain.finish() != bytes.getInt(at + 5)) {
        throw damage(at, "a record does not continue the one before it");
      }
      visitor.onRecord(
          new WalPlace(file, sequence, record, offsetOf(at)),
          kind,
          bytes.slice(payload, length).asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN));
      at = payload + length;
      record++;
    }
    if (record - position != records()) {
      throw damage(0, "a frame announces " + records() + " records and has " + (record - position));
    }
  }

  private int checkHeader(RecordChain chain) {
    int length = bytes.getInt(0);
    int most = bytes.capacity() - FrameBuffer.HEADER_BYTES;
    if (length <= most - Sector.BODY_BYTES || length > most || records() < 1) {
      throw damage(0, "a frame's header does not fit its size");
    }
    if (bytes.getInt(8) != chain.value()) {
      throw damage(0, "a frame does not continue the one before it");
    }
    return length;
  }

  private CorruptionException damage(int at, String reason) {
    return new CorruptionException(file, offsetOf(at), reason);
  }

  /// Where in the file a byte of the body is.
  private long offsetOf(int at) {
    long sector = firstSector + at / Sector.BODY_BYTES;
    return sector * Sector.BYTES + Sector.BODY_OFFSET + at % Sector.BODY_BYTES;
  }
}
