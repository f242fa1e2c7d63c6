package io.flotilla.contract.fuzz;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.EnumDescriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/// Messages of any type with fields at random, and bytes that were messages once.
final class RandomMessages {
  private static final List<String> WORDS =
      List.of(
          "", "a", "b", "root", "\u0000", "key", "é\u20ac", "http://127.0.0.1:1", "x".repeat(300));
  private static final long[] NUMBERS = {
    0, 1, 2, 3, 7, -1, 100, Integer.MAX_VALUE, Integer.MIN_VALUE, Long.MAX_VALUE, Long.MIN_VALUE
  };
  private static final int MAX_DEPTH = 6;

  private final SplittableRandom random;

  RandomMessages(SplittableRandom random) {
    this.random = random;
  }

  Message of(Descriptor type) {
    return of(type, 0);
  }

  private Message of(Descriptor type, int depth) {
    var message = DynamicMessage.newBuilder(type);
    for (FieldDescriptor field : type.getFields()) {
      boolean deep = field.getJavaType() == FieldDescriptor.JavaType.MESSAGE && depth >= MAX_DEPTH;
      if (deep || random.nextInt(3) == 0) {
        continue;
      }
      if (!field.isRepeated()) {
        message.setField(field, value(field, depth));
        continue;
      }
      for (int i = random.nextInt(4); i > 0; i--) {
        message.addRepeatedField(field, value(field, depth));
      }
    }
    return message.build();
  }

  private Object value(FieldDescriptor field, int depth) {
    return switch (field.getJavaType()) {
      case BOOLEAN -> random.nextBoolean();
      case INT -> (int) number();
      case LONG -> number();
      case FLOAT -> (float) random.nextDouble();
      case DOUBLE -> random.nextDouble();
      case STRING -> word();
      case BYTE_STRING -> bytes();
      case ENUM -> oneOf(field.getEnumType());
      case MESSAGE -> of(field.getMessageType(), depth + 1);
    };
  }

  private Object oneOf(EnumDescriptor type) {
    return random.nextInt(8) == 0
        ? type.findValueByNumberCreatingIfUnknown(random.nextInt(1_000))
        : type.getValues().get(random.nextInt(type.getValues().size()));
  }

  private long number() {
    return random.nextInt(4) == 0 ? random.nextLong() : NUMBERS[random.nextInt(NUMBERS.length)];
  }

  private String word() {
    return WORDS.get(random.nextInt(WORDS.size()));
  }

  private ByteString bytes() {
    return random.nextInt(3) == 0
        ? ByteString.copyFrom(noise(random.nextInt(64)))
        : ByteString.copyFromUtf8(word());
  }

  byte[] noise(int size) {
    byte[] noise = new byte[size];
    random.nextBytes(noise);
    return noise;
  }

  /// Bytes with something changed, cut off, doubled or put in.
  byte[] hurt(byte[] bytes) {
    byte[] hurt = bytes.clone();
    for (int i = 1 + random.nextInt(3); i > 0 && hurt.length > 0; i--) {
      int at = random.nextInt(hurt.length);
      switch (random.nextInt(4)) {
        case 0 -> hurt[at] = (byte) random.nextInt(256);
        case 1 -> hurt = Arrays.copyOf(hurt, at);
        case 2 -> hurt = joined(hurt, Arrays.copyOfRange(hurt, at, hurt.length));
        default ->
            hurt =
                joined(
                    joined(Arrays.copyOf(hurt, at), noise(1 + random.nextInt(8))),
                    Arrays.copyOfRange(hurt, at, hurt.length));
      }
    }
    return hurt;
  }

  static byte[] joined(byte[] one, byte[] other) {
    byte[] joined = Arrays.copyOf(one, one.length + other.length);
    System.arraycopy(other, 0, joined, one.length, other.length);
    return joined;
  }
}
