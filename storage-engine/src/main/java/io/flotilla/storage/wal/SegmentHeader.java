package io.flotilla.storage.wal;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.GroupId;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/// What the first sector of a segment says, at the start of its body. Little-endian.
/// docs/format.md, "Write-ahead log".
///
/// @param group the owner
/// @param sequence the segment's number, from 1
/// @param position records in the log's life before this segment
/// @param bytes the file's size
/// @param chain the chained CRC of the record before, 0 for the log's first
record SegmentHeader(GroupId group, int sequence, long position, long bytes, int chain) {
  static final int VERSION = 1;

  /// "FLOTWAL" and a zero, as read in file order.
  static final long MAGIC = 0x00_4c_41_57_54_4f_4c_46L;

  static final int MAGIC_OFFSET = Sector.BODY_OFFSET;
  static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
  static final int GROUP_OFFSET = VERSION_OFFSET + Integer.BYTES;
  static final int SEQUENCE_OFFSET = GROUP_OFFSET + Integer.BYTES;
  static final int CHAIN_OFFSET = SEQUENCE_OFFSET + Integer.BYTES;
  static final int POSITION_OFFSET = CHAIN_OFFSET + Integer.BYTES;
  static final int BYTES_OFFSET = POSITION_OFFSET + Long.BYTES;
  static final int END = BYTES_OFFSET + Long.BYTES;

  static {
    check(END == 56, "the segment header ends at byte 56 in format version 1");
  }

  void writeTo(ByteBuffer buffer, int at) {
    for (int offset = Sector.BODY_OFFSET; offset < Sector.BYTES; offset += Long.BYTES) {
      buffer.putLong(at + offset, 0);
    }
    buffer.putLong(at + MAGIC_OFFSET, MAGIC);
    buffer.putInt(at + VERSION_OFFSET, VERSION);
    buffer.putInt(at + GROUP_OFFSET, group.value());
    buffer.putInt(at + SEQUENCE_OFFSET, sequence);
    buffer.putInt(at + CHAIN_OFFSET, chain);
    buffer.putLong(at + POSITION_OFFSET, position);
    buffer.putLong(at + BYTES_OFFSET, bytes);
  }

  /// Reads the header from a sector whose checksum is right.
  ///
  /// @throws WalRefusedException when another format wrote it
  static SegmentHeader readFrom(ByteBuffer buffer, int at, Path file) {
    if (buffer.getLong(at + MAGIC_OFFSET) != MAGIC) {
      throw new WalRefusedException(file, "is not a segment of a write-ahead log");
    }
    int version = buffer.getInt(at + VERSION_OFFSET);
    if (version != VERSION) {
      throw new WalRefusedException(
          file, "has format version " + version + "; this node reads version " + VERSION);
    }
    int group = buffer.getInt(at + GROUP_OFFSET);
    if (group < 0) {
      throw new WalRefusedException(file, "belongs to group " + group + ", which cannot be");
    }
    return new SegmentHeader(
        new GroupId(group),
        buffer.getInt(at + SEQUENCE_OFFSET),
        buffer.getLong(at + POSITION_OFFSET),
        buffer.getLong(at + BYTES_OFFSET),
        buffer.getInt(at + CHAIN_OFFSET));
  }

  /// @throws WalRefusedException when the segment belongs to another group
  void checkGroup(GroupId expected, Path file) {
    if (!group.equals(expected)) {
      throw new WalRefusedException(
          file,
          "belongs to group "
              + group
              + ", not to group "
              + expected
              + ": was a directory copied or renamed?");
    }
  }
}
