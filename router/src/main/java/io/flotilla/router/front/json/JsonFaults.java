package io.flotilla.router.front.json;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.google.protobuf.Descriptors.FieldDescriptor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/// What is wrong with a document, in the words of Go's protobuf (etcd behaviour): with the place,
/// and with what stands there as it stands there.
final class JsonFaults {
  /// Of what stands there; the rest is left out.
  private static final int MAX_SHOWN = 1_000;

  private JsonFaults() {}

  /// The parser is at a value that a field of one value, no message, cannot have.
  static JsonSyntaxException mismatch(JsonParser parser, FieldDescriptor field) throws IOException {
    String type = field.getType().name().toLowerCase(Locale.ROOT);
    return at(
        parser.currentTokenLocation(),
        "invalid value for %s field %s: %s".formatted(type, field.getJsonName(), shown(parser)));
  }

  /// The parser is at what may not come here.
  static JsonSyntaxException unexpected(JsonParser parser) throws IOException {
    JsonLocation place = parser.currentTokenLocation();
    return new JsonSyntaxException(
        "proto: syntax error (line %d:%d): unexpected token %s"
            .formatted(place.getLineNr(), place.getColumnNr(), shown(parser)));
  }

  /// @param text begins small
  static JsonSyntaxException at(JsonLocation place, String text) {
    return new JsonSyntaxException(
        "proto: (line %d:%d): %s".formatted(place.getLineNr(), place.getColumnNr(), text));
  }

  private static String shown(JsonParser parser) throws IOException {
    parser.finishToken();
    JsonLocation start = parser.currentTokenLocation();
    if (!(start.contentReference().getRawContent() instanceof byte[] document)) {
      return parser.getText();
    }
    int from = (int) start.getByteOffset();
    int to = (int) parser.currentLocation().getByteOffset();
    int length = Math.min(Math.max(1, to - from), MAX_SHOWN);
    return new String(document, from, length, StandardCharsets.UTF_8).strip();
  }
}
