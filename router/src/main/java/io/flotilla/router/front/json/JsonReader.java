package io.flotilla.router.front.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.Descriptors.OneofDescriptor;
import com.google.protobuf.Message;
import io.flotilla.router.front.rpc.CallLimits;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/// Reads messages from JSON with the leniency and the strictness of etcd's gateway: both spellings
/// of a field's name, null as absent, unknown fields and unknown enum names skipped; but no field
/// twice and no value of another type.
final class JsonReader {
  private static final JsonFactory FACTORY =
      JsonFactory.builder().enable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION).build();

  private final Map<Descriptor, Map<String, FieldDescriptor>> names = new ConcurrentHashMap<>();

  /// @return a message of the prototype's type
  @SuppressWarnings("unchecked")
  <M extends Message> M read(byte[] document, M prototype) throws JsonSyntaxException {
    Message.Builder builder = prototype.newBuilderForType();
    try (JsonParser parser = FACTORY.createParser(document)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw parser.currentToken() == null
            ? new JsonSyntaxException("unexpected EOF")
            : JsonFaults.unexpected(parser);
      }
      readObject(parser, builder, 1);
    } catch (JsonParseException e) {
      throw new JsonSyntaxException("proto: syntax error: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw new JsonSyntaxException("proto: syntax error");
    }
    return (M) builder.build();
  }

  private void readObject(JsonParser parser, Message.Builder builder, int depth)
      throws IOException, JsonSyntaxException {
    if (depth > CallLimits.MAX_NESTING) {
      throw new JsonSyntaxException("proto: exceeded max recursion depth");
    }
    Map<String, FieldDescriptor> fields =
        names.computeIfAbsent(builder.getDescriptorForType(), JsonReader::namesOf);
    Set<Object> seen = new HashSet<>();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String name = parser.currentName();
      FieldDescriptor field = fields.get(name);
      JsonLocation place = parser.currentTokenLocation();
      parser.nextToken();
      if (field == null) {
        parser.skipChildren();
      } else if (parser.currentToken() != JsonToken.VALUE_NULL) {
        checkFirst(field, name, place, seen);
        readField(parser, builder, field, depth);
      }
    }
  }

  private static Map<String, FieldDescriptor> namesOf(Descriptor type) {
    var names = new HashMap<String, FieldDescriptor>();
    for (FieldDescriptor field : type.getFields()) {
      names.put(field.getJsonName(), field);
      names.put(field.getName(), field);
    }
    return Map.copyOf(names);
  }

  private static void checkFirst(
      FieldDescriptor field, String name, JsonLocation place, Set<Object> seen)
      throws JsonSyntaxException {
    if (!seen.add(field)) {
      throw JsonFaults.at(place, "duplicate field \"" + name + "\"");
    }
    OneofDescriptor oneof = field.getContainingOneof();
    if (oneof != null && !seen.add(oneof)) {
      throw JsonFaults.at(
          place,
          "error parsing \"" + name + "\", oneof " + oneof.getFullName() + " is already set");
    }
  }

  private void readField(
      JsonParser parser, Message.Builder builder, FieldDescriptor field, int depth)
      throws IOException, JsonSyntaxException {
    if (!field.isRepeated()) {
      Object value = readValue(parser, builder, field, depth);
      if (value != null) {
        builder.setField(field, value);
      }
      return;
    }
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      throw JsonFaults.unexpected(parser);
    }
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      Object value = readValue(parser, builder, field, depth);
      if (value != null) {
        builder.addRepeatedField(field, value);
      }
    }
  }

  /// The value; null for an enum name that does not exist.
  private @Nullable Object readValue(
      JsonParser parser, Message.Builder builder, FieldDescriptor field, int depth)
      throws IOException, JsonSyntaxException {
    if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
      return JsonValues.read(parser, field);
    }
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      throw JsonFaults.unexpected(parser);
    }
    Message.Builder nested = builder.newBuilderForField(field);
    readObject(parser, nested, depth + 1);
    return nested.build();
  }
}
