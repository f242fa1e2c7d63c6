package io.flotilla.storage.backup;

import java.io.IOException;
import java.nio.ByteBuffer;

/// Reads the body of a snapshot out of a stream and lets no byte through that was not checked.
final class SnapshotFrames {
  private final SnapshotSource source;
  private final byte[] payload = new byte[SnapshotFormat.PAYLOAD_BYTES];
  private final ByteBuffer header = ByteBuffer.allocate(SnapshotFormat.BLOCK_BYTES);
  private int payloadLength;
  private int payloadUsed;
  private long bodyLeft;
  private long offset;
  private int crc;

  /// Reads and checks the header.
  SnapshotFrames(SnapshotSource source) throws IOException {
    this.source = source;
    fill(header);
    long magic = header.getLong(SnapshotFormat.MAGIC_OFFSET);
    require(magic == SnapshotFormat.MAGIC, "it is a snapshot");
    int version = header.getInt(SnapshotFormat.VERSION_OFFSET);
    require(version == SnapshotFormat.VERSION, "this version reads format " + version);
    crc = header.getInt(SnapshotFormat.CRC_OFFSET);
    header.putInt(SnapshotFormat.CRC_OFFSET, 0);
    require(SnapshotFormat.crc(header) == crc, "the header has its checksum");
    bodyLeft = header.getLong(SnapshotFormat.BODY_OFFSET);
    long total = header.getLong(SnapshotFormat.TOTAL_OFFSET);
    require(bodyLeft > 0 && SnapshotFormat.totalBytes(bodyLeft) == total, "the lengths agree");
  }

  long revision() {
    return header.getLong(SnapshotFormat.REVISION_OFFSET);
  }

  void require(boolean holds, String rule) {
    if (!holds) {
      throw damaged(rule);
    }
  }

  SnapshotDamagedException damaged(String rule) {
    return new SnapshotDamagedException(offset, rule);
  }

  byte readByte() throws IOException {
    if (payloadUsed == payloadLength) {
      nextFrame();
    }
    return payload[payloadUsed++];
  }

  /// A big-endian number of `size` bytes, at most 8.
  long readNumber(int size) throws IOException {
    long number = 0;
    for (int i = 0; i < size; i++) {
      number = number << Byte.SIZE | readByte() & 0xff;
    }
    return number;
  }

  /// A length that a key or value can have.
  int readLength() throws IOException {
    long length = readNumber(Integer.BYTES);
    require(length <= SnapshotFormat.MAX_PART_BYTES, "a part has at most 256 MiB");
    return (int) length;
  }

  void readFully(byte[] to, int length) throws IOException {
    int filled = 0;
    while (filled < length) {
      if (payloadUsed == payloadLength) {
        nextFrame();
      }
      int size = Math.min(length - filled, payloadLength - payloadUsed);
      System.arraycopy(payload, payloadUsed, to, filled, size);
      payloadUsed += size;
      filled += size;
    }
  }

  /// Checks that the body is used up and only the padding follows.
  void finish() throws IOException {
    require(bodyLeft == 0 && payloadUsed == payloadLength, "the body ends with its last item");
    int padding = (int) Math.floorMod(-offset, (long) SnapshotFormat.BLOCK_BYTES);
    ByteBuffer zeros = ByteBuffer.allocate(padding);
    fill(zeros);
    require(zeros.equals(ByteBuffer.allocate(padding)), "the padding is zeros");
    require(source.read(ByteBuffer.allocate(1)) < 0, "nothing follows the padding");
  }

  private void nextFrame() throws IOException {
    require(bodyLeft > 0, "an item ends inside the body");
    payloadLength = (int) Math.min(payload.length, bodyLeft);
    payloadUsed = 0;
    ByteBuffer expected = ByteBuffer.allocate(SnapshotFormat.FRAME_CRC_BYTES);
    fill(expected);
    fill(ByteBuffer.wrap(payload, 0, payloadLength));
    crc = SnapshotFormat.crc(crc, payload, payloadLength);
    require(crc == expected.getInt(), "a frame has its checksum");
    bodyLeft -= payloadLength;
  }

  /// Fills `target` completely and flips it.
  private void fill(ByteBuffer target) throws IOException {
    while (target.hasRemaining()) {
      int size = source.read(target);
      require(size >= 0, "the stream is whole");
      offset += size;
    }
    target.flip();
  }
}
