package io.flotilla.router.auth;

import io.jsonwebtoken.io.DeserializationException;
import io.jsonwebtoken.io.Deserializer;
import io.jsonwebtoken.io.Serializer;
import io.vertx.core.json.DecodeException;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Reader;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;

/// JSON of tokens, by the JSON that is there anyway.
final class JwtJson implements Serializer<Map<String, ?>>, Deserializer<Map<String, ?>> {
  @Override
  @Deprecated
  public byte[] serialize(Map<String, ?> claims) {
    return encode(claims);
  }

  private static byte[] encode(Map<String, ?> claims) {
    var json = new JsonObject();
    claims.forEach(json::put);
    return json.encode().getBytes(StandardCharsets.UTF_8);
  }

  @Override
  public void serialize(Map<String, ?> claims, OutputStream out) {
    try {
      out.write(encode(claims));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @Override
  @Deprecated
  public Map<String, ?> deserialize(byte[] bytes) {
    return decode(new String(bytes, StandardCharsets.UTF_8));
  }

  @Override
  public Map<String, ?> deserialize(Reader reader) {
    try {
      var text = new StringWriter();
      reader.transferTo(text);
      return decode(text.toString());
    } catch (IOException e) {
      throw new DeserializationException("not read", e);
    }
  }

  private static Map<String, ?> decode(String text) {
    try {
      return new JsonObject(text).getMap();
    } catch (DecodeException e) {
      throw new DeserializationException("not JSON", e);
    }
  }
}
