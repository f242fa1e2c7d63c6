package io.flotilla.loadtest.run;

import com.google.protobuf.ByteString;

/// The end of the range of keys that begin with a prefix.
public final class KeyPrefix {
  private KeyPrefix() {}

  /// @param prefix not empty, last byte below 0xff
  public static ByteString end(ByteString prefix) {
    byte[] bytes = prefix.toByteArray();
    bytes[bytes.length - 1]++;
    return ByteString.copyFrom(bytes);
  }
}
