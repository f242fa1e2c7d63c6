package io.flotilla.contract;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import com.google.protobuf.ByteString;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/// JSON as the gateway speaks it.
final class Json {
  private Json() {}

  static JsonObject object(String text) {
    return JsonParser.parseString(text).getAsJsonObject();
  }

  /// Standard base64 with padding, unquoted.
  static String base64(ByteString bytes) {
    return Base64.getEncoder().encodeToString(bytes.toByteArray());
  }

  static String base64(String text) {
    return base64(ByteString.copyFrom(text, StandardCharsets.UTF_8));
  }
}
