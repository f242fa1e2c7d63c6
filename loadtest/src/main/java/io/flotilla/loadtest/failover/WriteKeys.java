package io.flotilla.loadtest.failover;

import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;

/// The key and the value of each write of a run. Every write has a key and a value of its own, so
/// that a write that ran twice shows as version 2.
///
/// @param prefix what every key of this run begins with; no other run's keys do
/// @param valueBytes length of a value; longer when the write's name needs more
public record WriteKeys(String prefix, int valueBytes) {
  private static final int CLIENT_DIGITS = 4;
  private static final int SEQUENCE_DIGITS = 9;

  /// Which write a key belongs to.
  ///
  /// @param client number of the client, from 0
  /// @param sequence number of the write among the client's, from 0
  public record WriteId(int client, int sequence) {}

  public ByteString key(WriteId write) {
    return ByteString.copyFromUtf8(prefix + name(write));
  }

  public ByteString value(WriteId write) {
    byte[] name = (name(write) + "=").getBytes(StandardCharsets.UTF_8);
    byte[] value = Arrays.copyOf(name, Math.max(name.length, valueBytes));
    for (int i = name.length; i < value.length; i++) {
      value[i] = (byte) ('a' + (write.sequence() + i) % 26);
    }
    return ByteString.copyFrom(value);
  }

  /// The write that a key names; empty when no write of any run of this form has it.
  public Optional<WriteId> parse(ByteString key) {
    String text = key.toStringUtf8();
    int length = prefix.length() + CLIENT_DIGITS + 1 + SEQUENCE_DIGITS;
    if (text.length() != length || !text.startsWith(prefix)) {
      return Optional.empty();
    }
    String[] parts = text.substring(prefix.length()).split("/");
    try {
      return parts.length == 2
          ? Optional.of(new WriteId(Integer.parseInt(parts[0]), Integer.parseInt(parts[1])))
          : Optional.empty();
    } catch (NumberFormatException _) {
      return Optional.empty();
    }
  }

  private static String name(WriteId write) {
    return ("%0" + CLIENT_DIGITS + "d/%0" + SEQUENCE_DIGITS + "d")
        .formatted(write.client(), write.sequence());
  }
}
