package io.flotilla.storage.btree;

import java.nio.charset.StandardCharsets;
import java.util.Random;

/// Keys and values of the shapes that matter: short ones, long ones with common beginnings, and
/// those that need runs of pages.
final class Bytes {
  private final Random random;
  private final int maxKeyBytes;
  private final int maxValueBytes;

  Bytes(Random random, int maxKeyBytes, int maxValueBytes) {
    this.random = random;
    this.maxKeyBytes = maxKeyBytes;
    this.maxValueBytes = maxValueBytes;
  }

  /// From a small space, so that keys repeat.
  byte[] key() {
    int choice = random.nextInt(100);
    int number = random.nextInt(4000);
    if (choice < 70) {
      return ("k" + number).getBytes(StandardCharsets.US_ASCII);
    }
    Random shape = new Random(number % 97);
    int length = 1 + shape.nextInt(choice < 98 ? Math.min(5000, maxKeyBytes) : maxKeyBytes);
    byte[] key = new byte[length];
    if (choice % 2 == 0) {
      shape.nextBytes(key);
    }
    // A long common beginning and a difference near the end.
    key[length - 1] = (byte) number;
    return key;
  }

  byte[] value() {
    int choice = random.nextInt(100);
    int limit = choice < 70 ? 100 : choice < 95 ? 5000 : maxValueBytes;
    byte[] value = new byte[random.nextInt(Math.min(limit, maxValueBytes) + 1)];
    random.nextBytes(value);
    return value;
  }
}
