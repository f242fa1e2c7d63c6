package io.flotilla.storage.mvcc;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/// Big-endian numbers in byte arrays, as every layout of this package uses them.
final class Bytes {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

  private Bytes() {}

  static long getLong(byte[] from, int offset) {
    return (long) LONG.get(from, offset);
  }

  static void putLong(byte[] to, int offset, long value) {
    LONG.set(to, offset, value);
  }

  static int getInt(byte[] from, int offset) {
    return (int) INT.get(from, offset);
  }

  static void putInt(byte[] to, int offset, int value) {
    INT.set(to, offset, value);
  }

  static byte[] ofLong(long value) {
    byte[] bytes = new byte[Long.BYTES];
    putLong(bytes, 0, value);
    return bytes;
  }

  /// `buffer` when it holds `size` bytes, else a larger one with undefined content.
  static byte[] atLeast(byte[] buffer, int size) {
    return buffer.length >= size ? buffer : new byte[Math.max(size, 2 * buffer.length)];
  }

  /// Compares the first `length` bytes of `left` with all of `right`, as unsigned bytes.
  static int compare(byte[] left, int length, byte[] right) {
    return Arrays.compareUnsigned(left, 0, length, right, 0, right.length);
  }
}
