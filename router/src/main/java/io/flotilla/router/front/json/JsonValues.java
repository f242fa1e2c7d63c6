package io.flotilla.router.front.json;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.UnsafeByteOperations;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/// Reads scalar values as protobuf's JSON form has them.
final class JsonValues {
  private static final BigInteger UINT64_MAX =
      BigInteger.ONE.shiftLeft(Long.SIZE).subtract(BigInteger.ONE);

  /// Digits beyond which no number can be an integer of 64 bits.
  private static final int MAX_SCALE = 400;

  private JsonValues() {}

  /// The value of the current token; null for an enum name that does not exist.
  static @Nullable Object read(JsonParser parser, FieldDescriptor field)
      throws IOException, JsonSyntaxException {
    return switch (field.getType()) {
      case BOOL -> readBool(parser, field);
      case STRING -> readString(parser, field);
      case BYTES -> readBytes(parser, field);
      case ENUM -> readEnum(parser, field);
      case INT32, SINT32, SFIXED32 ->
          (int) integer(parser, field, Integer.MIN_VALUE, Integer.MAX_VALUE);
      case UINT32, FIXED32 -> (int) integer(parser, field, 0, 0xFFFFFFFFL);
      case INT64, SINT64, SFIXED64 -> integer(parser, field, Long.MIN_VALUE, Long.MAX_VALUE);
      case UINT64, FIXED64 -> unsigned(parser, field);
      case DOUBLE, FLOAT, GROUP, MESSAGE ->
          throw new IllegalStateException("the API has no scalar field like " + field);
    };
  }

  private static boolean readBool(JsonParser parser, FieldDescriptor field)
      throws IOException, JsonSyntaxException {
    if (!parser.currentToken().isBoolean()) {
      throw JsonFaults.mismatch(parser, field);
    }
    return parser.currentToken() == JsonToken.VALUE_TRUE;
  }

  private static String text(JsonParser parser, FieldDescriptor field)
      throws IOException, JsonSyntaxException {
    if (parser.currentToken() != JsonToken.VALUE_STRING) {
      throw JsonFaults.mismatch(parser, field);
    }
    return parser.getText();
  }

  private static String readString(JsonParser parser, FieldDescriptor field)
      throws IOException, JsonSyntaxException {
    String text = text(parser, field);
    for (int i = 0; i < text.length(); i += Character.charCount(text.codePointAt(i))) {
      int point = text.codePointAt(i);
      if (point >= Character.MIN_SURROGATE && point <= Character.MAX_SURROGATE) {
        throw new JsonSyntaxException("proto: field " + field.getName() + " is not valid UTF-8");
      }
    }
    return text;
  }

  /// Base64 of either alphabet, padded or not; line breaks inside are skipped.
  private static ByteString readBytes(JsonParser parser, FieldDescriptor field)
      throws IOException, JsonSyntaxException {
    String text = text(parser, field).replace("\r", "").replace("\n", "");
    boolean url = text.indexOf('-') >= 0 || text.indexOf('_') >= 0;
    try {
      byte[] bytes = (url ? Base64.getUrlDecoder() : Base64.getDecoder()).decode(text);
      return UnsafeByteOperations.unsafeWrap(bytes);
    } catch (IllegalArgumentException _) {
      throw JsonFaults.mismatch(parser, field);
    }
  }

  private static @Nullable Object readEnum(JsonParser parser, FieldDescriptor field)
      throws IOException, JsonSyntaxException {
    if (parser.currentToken() == JsonToken.VALUE_STRING) {
      return field.getEnumType().findValueByName(parser.getText());
    }
    if (!parser.currentToken().isNumeric()) {
      throw JsonFaults.mismatch(parser, field);
    }
    long number = integer(parser, field, Integer.MIN_VALUE, Integer.MAX_VALUE);
    return field.getEnumType().findValueByNumberCreatingIfUnknown((int) number);
  }

  private static long integer(JsonParser parser, FieldDescriptor field, long min, long max)
      throws IOException, JsonSyntaxException {
    BigInteger number = number(parser, field);
    if (number.bitLength() >= Long.SIZE) {
      throw JsonFaults.mismatch(parser, field);
    }
    long value = number.longValue();
    if (value < min || value > max) {
      throw JsonFaults.mismatch(parser, field);
    }
    return value;
  }

  /// All 64 bits, as Java's protobuf has them.
  private static long unsigned(JsonParser parser, FieldDescriptor field)
      throws IOException, JsonSyntaxException {
    BigInteger number = number(parser, field);
    if (number.signum() < 0 || number.compareTo(UINT64_MAX) > 0) {
      throw JsonFaults.mismatch(parser, field);
    }
    return number.longValue();
  }

  /// An integral number, also in a string or with an exponent.
  private static BigInteger number(JsonParser parser, FieldDescriptor field)
      throws IOException, JsonSyntaxException {
    JsonToken token = parser.currentToken();
    if (!token.isNumeric() && token != JsonToken.VALUE_STRING) {
      throw JsonFaults.mismatch(parser, field);
    }
    String text = parser.getText();
    if (!isNumber(text)) {
      throw JsonFaults.mismatch(parser, field);
    }
    try {
      var number = new BigDecimal(text);
      if (Math.abs((long) number.scale()) > MAX_SCALE || number.precision() > MAX_SCALE) {
        throw JsonFaults.mismatch(parser, field);
      }
      return number.toBigIntegerExact();
    } catch (ArithmeticException | NumberFormatException _) {
      throw JsonFaults.mismatch(parser, field);
    }
  }

  /// JSON's own numbers only: Java would read more.
  private static boolean isNumber(String text) {
    return !text.isEmpty()
        && text.length() <= MAX_SCALE
        && text.charAt(0) != '+'
        && text.chars().allMatch(c -> "0123456789+-.eE".indexOf(c) >= 0);
  }
}
