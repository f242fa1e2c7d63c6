package io.flotilla.base.tls;

import java.io.ByteArrayOutputStream;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;

/// The few forms of DER (X.690) that certificates and keys are written in.
final class Der {
  static final int INTEGER = 0x02;
  static final int BIT_STRING = 0x03;
  static final int OCTET_STRING = 0x04;
  static final int OBJECT_ID = 0x06;
  static final int UTF8_STRING = 0x0c;
  static final int UTC_TIME = 0x17;
  static final int GENERALIZED_TIME = 0x18;
  static final int SEQUENCE = 0x30;
  static final int SET = 0x31;

  private static final int LONG_FORM = 0x80;

  /// X.509 writes years from here on with four digits.
  private static final int FOUR_DIGITS_FROM = 2050;

  private Der() {}

  /// An element: its tag, its length, and its parts one after the other.
  static byte[] element(int tag, byte[]... parts) {
    int length = Arrays.stream(parts).mapToInt(part -> part.length).sum();
    var out = new ByteArrayOutputStream(length + 6);
    out.write(tag);
    if (length < LONG_FORM) {
      out.write(length);
    } else {
      byte[] digits = unsigned(length);
      out.write(LONG_FORM | digits.length);
      out.writeBytes(digits);
    }
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  static byte[] sequence(byte[]... parts) {
    return element(SEQUENCE, parts);
  }

  static byte[] integer(BigInteger value) {
    return element(INTEGER, value.toByteArray());
  }

  static byte[] integer(long value) {
    return integer(BigInteger.valueOf(value));
  }

  static byte[] yes() {
    return new byte[] {0x01, 0x01, (byte) 0xff};
  }

  /// Bits in whole bytes.
  static byte[] bits(byte[] bytes) {
    return element(BIT_STRING, new byte[1], bytes);
  }

  static byte[] text(String text) {
    return element(UTF8_STRING, text.getBytes(StandardCharsets.UTF_8));
  }

  static byte[] time(Instant time) {
    var utc = time.atOffset(ZoneOffset.UTC);
    boolean late = utc.getYear() >= FOUR_DIGITS_FROM;
    String form = late ? "yyyyMMddHHmmss'Z'" : "yyMMddHHmmss'Z'";
    byte[] digits =
        DateTimeFormatter.ofPattern(form).format(utc).getBytes(StandardCharsets.US_ASCII);
    return element(late ? GENERALIZED_TIME : UTC_TIME, digits);
  }

  /// @param dotted such as `2.5.4.3`
  static byte[] objectId(String dotted) {
    long[] arcs = Arrays.stream(dotted.split("\\.")).mapToLong(Long::parseLong).toArray();
    var out = new ByteArrayOutputStream();
    out.write((int) (arcs[0] * 40 + arcs[1]));
    for (int i = 2; i < arcs.length; i++) {
      int groups = Math.max(1, Math.ceilDiv(64 - Long.numberOfLeadingZeros(arcs[i]), 7));
      for (int group = groups - 1; group >= 0; group--) {
        int more = group > 0 ? 0x80 : 0;
        out.write((int) (arcs[i] >> (7 * group)) & 0x7f | more);
      }
    }
    return element(OBJECT_ID, out.toByteArray());
  }

  /// The first element inside of an element, whole.
  ///
  /// @throws IllegalArgumentException when the bytes end before it does
  static byte[] firstInside(byte[] element) {
    int inside = contentOffset(element, 0);
    int end = contentOffset(element, inside) + length(element, inside);
    if (end > element.length) {
      throw new IllegalArgumentException("an element is longer than what it is in");
    }
    return Arrays.copyOfRange(element, inside, end);
  }

  private static int contentOffset(byte[] bytes, int at) {
    int first = at(bytes, at + 1);
    return at + 2 + (first < LONG_FORM ? 0 : first - LONG_FORM);
  }

  private static int length(byte[] bytes, int at) {
    int first = at(bytes, at + 1);
    if (first < LONG_FORM) {
      return first;
    }
    int length = 0;
    for (int i = 0; i < first - LONG_FORM; i++) {
      length = Math.addExact(Math.multiplyExact(length, 256), at(bytes, at + 2 + i));
    }
    return length;
  }

  private static int at(byte[] bytes, int index) {
    if (index >= bytes.length) {
      throw new IllegalArgumentException("an element ends too early");
    }
    return bytes[index] & 0xff;
  }

  private static byte[] unsigned(int value) {
    byte[] bytes = BigInteger.valueOf(value).toByteArray();
    return bytes[0] == 0 ? Arrays.copyOfRange(bytes, 1, bytes.length) : bytes;
  }
}
