package io.flotilla.base;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/// A user key: one or more bytes, ordered as unsigned bytes (etcd's key order).
///
/// Wraps the array it is given without a copy; whoever hands an array over must not change it
/// afterwards, and [#bytes] must not be written to.
public final class Key implements Comparable<Key> {
  private final byte[] bytes;
  private int hash;

  private Key(byte[] bytes) {
    this.bytes = bytes;
  }

  /// Takes ownership of `bytes`. The empty key is legal here as the lower bound of a range only.
  public static Key of(byte[] bytes) {
    return new Key(bytes);
  }

  public static Key utf8(String text) {
    return new Key(text.getBytes(StandardCharsets.UTF_8));
  }

  /// The key's own array: read only.
  public byte[] bytes() {
    return bytes;
  }

  public int length() {
    return bytes.length;
  }

  public boolean isEmpty() {
    return bytes.length == 0;
  }

  /// The smallest key above this one: the same bytes and a zero byte.
  public Key successor() {
    return new Key(Arrays.copyOf(bytes, bytes.length + 1));
  }

  @Override
  public int compareTo(Key other) {
    return Arrays.compareUnsigned(bytes, other.bytes);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Key key && Arrays.equals(bytes, key.bytes);
  }

  @Override
  public int hashCode() {
    int cached = hash;
    if (cached == 0) {
      cached = Arrays.hashCode(bytes);
      hash = cached;
    }
    return cached;
  }

  /// Printable ASCII as it is, every other byte as `\xNN`. For tests and tools: keys may be
  /// secrets, so logs do not print them.
  @Override
  public String toString() {
    var text = new StringBuilder(bytes.length);
    for (byte b : bytes) {
      if (b >= 0x20 && b < 0x7f) {
        text.append((char) b);
      } else {
        text.append("\\x").append(HexFormat.of().toHexDigits(b));
      }
    }
    return text.toString();
  }
}
