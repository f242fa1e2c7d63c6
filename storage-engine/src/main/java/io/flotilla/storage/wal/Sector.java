package io.flotilla.storage.wal;

import static io.flotilla.base.Invariants.check;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// The unit that a disk writes as a whole. A segment is made of sectors, and each says for itself
/// which write it belongs to. Little-endian. docs/format.md, "Write-ahead log".
///
///     0       4          8       12      16                      512
///     +-------+----------+-------+-------+-----------------------+
///     | crc   | sequence | frame | left  | body                  |
///     +-------+----------+-------+-------+-----------------------+
///
/// `crc` is the CRC32C of bytes 4 to 511; `sequence` the segment's number; `frame` the frame's
/// number in the segment; `left` the sectors of the frame from this one to its last, this included.
///
/// An object is used by one thread; buffers that are passed in are little-endian, and their
/// position and limit are not kept.
final class Sector {
  static final int BYTES = 512;
  static final int CRC_OFFSET = 0;
  static final int SEQUENCE_OFFSET = CRC_OFFSET + Integer.BYTES;
  static final int FRAME_OFFSET = SEQUENCE_OFFSET + Integer.BYTES;
  static final int LEFT_OFFSET = FRAME_OFFSET + Integer.BYTES;
  static final int BODY_OFFSET = LEFT_OFFSET + Integer.BYTES;
  static final int BODY_BYTES = BYTES - BODY_OFFSET;

  static {
    check(BODY_OFFSET == 16, "the sector header is 16 bytes in format version 1");
  }

  /// What a sector turns out to be when segment `sequence` is read.
  enum State {
    /// All zeros: never written.
    BLANK,
    /// Sound, of an earlier use of this file.
    STALE,
    /// Sound, of this segment.
    CURRENT,
    /// None of these: it was changed after it was written.
    DAMAGED
  }

  private final CRC32C crc = new CRC32C();

  /// Last step before a write. Paired with [#state].
  void seal(ByteBuffer buffer, int at, int sequence, int frame, int left) {
    buffer.putInt(at + SEQUENCE_OFFSET, sequence);
    buffer.putInt(at + FRAME_OFFSET, frame);
    buffer.putInt(at + LEFT_OFFSET, left);
    buffer.putInt(at + CRC_OFFSET, crc(buffer, at));
  }

  State state(ByteBuffer buffer, int at, int sequence) {
    if (blank(buffer, at)) {
      return State.BLANK;
    }
    int own = sequence(buffer, at);
    if (own < 1 || own > sequence || buffer.getInt(at + CRC_OFFSET) != crc(buffer, at)) {
      return State.DAMAGED;
    }
    return own < sequence ? State.STALE : State.CURRENT;
  }

  static int sequence(ByteBuffer buffer, int at) {
    return buffer.getInt(at + SEQUENCE_OFFSET);
  }

  static int frame(ByteBuffer buffer, int at) {
    return buffer.getInt(at + FRAME_OFFSET);
  }

  static int left(ByteBuffer buffer, int at) {
    return buffer.getInt(at + LEFT_OFFSET);
  }

  private static boolean blank(ByteBuffer buffer, int at) {
    for (int offset = 0; offset < BYTES; offset += Long.BYTES) {
      if (buffer.getLong(at + offset) != 0) {
        return false;
      }
    }
    return true;
  }

  private int crc(ByteBuffer buffer, int at) {
    buffer.clear().position(at + SEQUENCE_OFFSET).limit(at + BYTES);
    crc.reset();
    crc.update(buffer);
    buffer.clear();
    return (int) crc.getValue();
  }
}
