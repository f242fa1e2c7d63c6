package io.flotilla.storage.wal;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/// The checksum that ties each record to the one before it:
/// CRC32C(previous chain, length, kind, payload). Used by one thread.
final class RecordChain {
  /// length (4), kind (1), chain (4), before each record's payload.
  static final int HEADER_BYTES = 9;

  private final CRC32C crc = new CRC32C();
  private final byte[] head = new byte[9];
  private final ByteBuffer headBuffer = ByteBuffer.wrap(head).order(ByteOrder.LITTLE_ENDIAN);
  private int value;

  int value() {
    return value;
  }

  void startFrom(int chain) {
    value = chain;
  }

  /// The next value, for a record whose payload has `length` bytes; [#add] it, then [#finish].
  void begin(int length, int kind) {
    headBuffer.putInt(0, value).putInt(4, length).put(8, (byte) kind);
    crc.reset();
    crc.update(head);
  }

  void add(byte[] bytes, int from, int count) {
    crc.update(bytes, from, count);
  }

  int finish() {
    value = (int) crc.getValue();
    return value;
  }
}
