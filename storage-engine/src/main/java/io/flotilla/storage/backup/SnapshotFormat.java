package io.flotilla.storage.backup;

import static io.flotilla.base.Invariants.check;

import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/// The bytes of a snapshot stream. Big-endian, format version 1.
///
///     stream: | header 512 | frame | frame | ... | zeros up to a multiple of 512 |
///     header: | magic 8 | version 4 | crc 4 | stream bytes 8 | body bytes 8 | revision 8 | zeros |
///     frame:  | crc 4 | payload: the next 64 KiB of the body, the last one shorter |
///     body:   items, without regard to frames
///     item:   | 1 | name length 2 | tree name |                     entries of this tree follow
///             | 2 or 3 | key length 4 | value length 4 | key | value |   3: weighs 1 in counts
///             | 4 | entries 8 |                                     the end, once
///
/// The header's crc covers the header with zeros in its place. A frame's crc continues the one
/// before, the first one the header's, so that a frame that is missing, repeated or out of place
/// is noticed.
final class SnapshotFormat {
  static final int BLOCK_BYTES = 512;
  static final long MAGIC = 0x464c_4f54_534e_4150L; // FLOTSNAP
  static final int VERSION = 1;

  static final int MAGIC_OFFSET = 0;
  static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
  static final int CRC_OFFSET = VERSION_OFFSET + Integer.BYTES;
  static final int TOTAL_OFFSET = CRC_OFFSET + Integer.BYTES;
  static final int BODY_OFFSET = TOTAL_OFFSET + Long.BYTES;
  static final int REVISION_OFFSET = BODY_OFFSET + Long.BYTES;
  static final int HEADER_END = REVISION_OFFSET + Long.BYTES;

  static final int PAYLOAD_BYTES = 64 * 1024;
  static final int FRAME_CRC_BYTES = Integer.BYTES;

  static final byte TREE = 1;
  static final byte WEIGHTLESS_ENTRY = 2;
  static final byte ENTRY = 3;
  static final byte END = 4;
  static final int TREE_HEAD_BYTES = 1 + Short.BYTES;
  static final int ENTRY_HEAD_BYTES = 1 + 2 * Integer.BYTES;
  static final int END_BYTES = 1 + Long.BYTES;

  /// The longest key or value that a tree takes.
  static final int MAX_PART_BYTES = 256 << 20;

  static {
    check(HEADER_END == 40, "the header's fields take 40 bytes in format version 1");
    check(PAYLOAD_BYTES % BLOCK_BYTES == 0, "a full payload is whole blocks");
  }

  private SnapshotFormat() {}

  /// Length of the whole stream for a body.
  static long totalBytes(long bodyBytes) {
    long frames = Math.ceilDiv(bodyBytes, (long) PAYLOAD_BYTES);
    long bytes = BLOCK_BYTES + bodyBytes + frames * FRAME_CRC_BYTES;
    return Math.ceilDiv(bytes, (long) BLOCK_BYTES) * BLOCK_BYTES;
  }

  static ByteBuffer header(long bodyBytes, long revision) {
    ByteBuffer header = ByteBuffer.allocate(BLOCK_BYTES);
    header.putLong(MAGIC_OFFSET, MAGIC);
    header.putInt(VERSION_OFFSET, VERSION);
    header.putLong(TOTAL_OFFSET, totalBytes(bodyBytes));
    header.putLong(BODY_OFFSET, bodyBytes);
    header.putLong(REVISION_OFFSET, revision);
    header.putInt(CRC_OFFSET, crc(header));
    return header;
  }

  /// The checksum of a header whose crc field holds zeros.
  static int crc(ByteBuffer header) {
    return crc(0, header.array(), BLOCK_BYTES);
  }

  /// The checksum of the first `length` bytes, continuing `previous`.
  static int crc(int previous, byte[] bytes, int length) {
    var crc = new CRC32C();
    for (int shift = Integer.SIZE - Byte.SIZE; shift >= 0; shift -= Byte.SIZE) {
      crc.update(previous >>> shift & 0xff);
    }
    crc.update(bytes, 0, length);
    return (int) crc.getValue();
  }
}
