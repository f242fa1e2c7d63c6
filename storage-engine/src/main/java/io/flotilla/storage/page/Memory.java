package io.flotilla.storage.page;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.zip.CRC32C;

/// Native memory by address: one segment that spans all of it, so that a page is a plain `long` and
/// a field access is one load.
///
/// Numbers are little-endian. Nothing is checked here: whoever passes an address vouches that it
/// lies in a live mapping or slab, and that page contents were verified by their checksum.
public final class Memory {
  private static final MemorySegment ALL = all();

  private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
  private static final ValueLayout.OfShort SHORT =
      ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfInt INT =
      ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
  private static final ValueLayout.OfLong BIG_ENDIAN_LONG =
      ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
  private static final VarHandle ARRAY_LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);

  private Memory() {}

  @SuppressWarnings("restricted") // the one place that turns addresses into memory
  private static MemorySegment all() {
    return MemorySegment.NULL.reinterpret(Long.MAX_VALUE);
  }

  public static byte getByte(long address) {
    return ALL.get(BYTE, address);
  }

  public static void putByte(long address, int value) {
    ALL.set(BYTE, address, (byte) value);
  }

  /// An unsigned 16-bit number.
  public static int getShort(long address) {
    return Short.toUnsignedInt(ALL.get(SHORT, address));
  }

  public static void putShort(long address, int value) {
    ALL.set(SHORT, address, (short) value);
  }

  public static int getInt(long address) {
    return ALL.get(INT, address);
  }

  public static void putInt(long address, int value) {
    ALL.set(INT, address, value);
  }

  public static long getLong(long address) {
    return ALL.get(LONG, address);
  }

  public static void putLong(long address, long value) {
    ALL.set(LONG, address, value);
  }

  public static long getBigEndianLong(long address) {
    return ALL.get(BIG_ENDIAN_LONG, address);
  }

  /// Copies memory; the two places may overlap.
  public static void copy(long from, long to, long bytes) {
    MemorySegment.copy(ALL, from, ALL, to, bytes);
  }

  public static void copyIn(byte[] from, int offset, long to, int length) {
    MemorySegment.copy(from, offset, ALL, BYTE, to, length);
  }

  public static void copyOut(long from, byte[] to, int offset, int length) {
    MemorySegment.copy(ALL, BYTE, from, to, offset, length);
  }

  public static void zero(long address, long bytes) {
    ALL.asSlice(address, bytes).fill((byte) 0);
  }

  /// A view for file I/O and checksums, up to 2 GiB.
  public static ByteBuffer buffer(long address, long bytes) {
    return ALL.asSlice(address, bytes).asByteBuffer();
  }

  public static int crc(long address, long bytes) {
    var crc = new CRC32C();
    crc.update(buffer(address, bytes));
    return (int) crc.getValue();
  }

  /// Compares `length` bytes at `address` with `length` bytes of `key` from `from`, as unsigned
  /// bytes. Returns a number below, equal to or above zero.
  public static int compare(long address, byte[] key, int from, int length) {
    int at = 0;
    for (int whole = length - Long.BYTES; at <= whole; at += Long.BYTES) {
      long left = getBigEndianLong(address + at);
      long right = (long) ARRAY_LONG.get(key, from + at);
      if (left != right) {
        return Long.compareUnsigned(left, right);
      }
    }
    if (at < length && length >= Long.BYTES) {
      // The last word overlaps bytes that are known to be equal.
      long left = getBigEndianLong(address + length - Long.BYTES);
      long right = (long) ARRAY_LONG.get(key, from + length - Long.BYTES);
      return Long.compareUnsigned(left, right);
    }
    for (; at < length; at++) {
      int order = Byte.compareUnsigned(getByte(address + at), key[from + at]);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }
}
