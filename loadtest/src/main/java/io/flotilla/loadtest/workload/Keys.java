package io.flotilla.loadtest.workload;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnsafeByteOperations;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicLong;

/// The keys and values of a run: `count` keys that differ in a fixed-width number, and values of
/// random bytes, so that a server that compresses gains nothing.
public final class Keys {
  private static final int VALUE_POOL = 256;

  private final byte[] prefix;
  private final long count;
  private final boolean sequential;
  private final int digits;
  private final ByteString[] values = new ByteString[VALUE_POOL];
  private final AtomicLong next = new AtomicLong();

  /// @param prefix what every key begins with
  /// @param keyBytes length of a key; at least long enough for the number
  /// @param valueBytes length of a value
  /// @param count how many keys, at least 1
  /// @param sequential whether keys are picked in turn or at random
  public Keys(String prefix, int keyBytes, int valueBytes, long count, boolean sequential) {
    if (count < 1) {
      throw new IllegalArgumentException("the number of keys must be at least 1");
    }
    this.prefix = prefix.getBytes(StandardCharsets.UTF_8);
    this.count = count;
    this.sequential = sequential;
    this.digits = Math.max(Long.toString(count - 1).length(), keyBytes - this.prefix.length);
    for (int i = 0; i < VALUE_POOL; i++) {
      byte[] value = new byte[valueBytes];
      ThreadLocalRandom.current().nextBytes(value);
      values[i] = ByteString.copyFrom(value);
    }
  }

  public long count() {
    return count;
  }

  public ByteString prefix() {
    return ByteString.copyFrom(prefix);
  }

  /// The key of number `index`, from 0 to [#count] exclusive.
  public ByteString key(long index) {
    byte[] bytes = Arrays.copyOf(prefix, prefix.length + digits);
    long rest = index;
    for (int i = bytes.length - 1; i >= prefix.length; i--) {
      bytes[i] = (byte) ('0' + rest % 10);
      rest /= 10;
    }
    return UnsafeByteOperations.unsafeWrap(bytes);
  }

  /// The number of the next key to use.
  public long pick() {
    return sequential
        ? Math.floorMod(next.getAndIncrement(), count)
        : ThreadLocalRandom.current().nextLong(count);
  }

  public ByteString value() {
    return values[ThreadLocalRandom.current().nextInt(VALUE_POOL)];
  }
}
