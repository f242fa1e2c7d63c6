package io.flotilla.router.front.json;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Cuts a byte stream into its JSON objects, which may follow each other with or without white
/// space. It looks at braces, brackets and strings only; whether an object is well formed is for
/// [JsonReader] to say.
final class JsonDocuments {
  /// What may follow an object in the same piece of a body.
  private static final int SLACK_BYTES = 256 * 1024;

  private final int maxBytes;
  private byte[] buffer = new byte[256];
  private int size;
  /// Next byte to look at.
  private int position;
  private int depth;
  private boolean inString;
  private boolean escaped;

  /// @param maxBytes largest object
  JsonDocuments(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /// Takes in more bytes.
  ///
  /// @throws JsonSyntaxException when more than the largest object waits
  void feed(byte[] bytes) throws JsonSyntaxException {
    if (size + (long) bytes.length > maxBytes + (long) SLACK_BYTES) {
      throw new JsonSyntaxException("a document is larger than " + maxBytes + " bytes");
    }
    append(bytes);
  }

  /// The next complete object; null while there is none.
  ///
  /// @throws JsonSyntaxException when something else than an object begins
  byte @Nullable [] next() throws JsonSyntaxException {
    if (depth == 0 && !begin()) {
      return null;
    }
    while (position < size) {
      if (step(buffer[position++]) && depth == 0) {
        byte[] document = Arrays.copyOf(buffer, position);
        drop(position);
        return document;
      }
    }
    return null;
  }

  /// Whether a document has begun and not ended.
  boolean incomplete() {
    return size > 0;
  }

  private void append(byte[] bytes) {
    if (size + bytes.length > buffer.length) {
      buffer = Arrays.copyOf(buffer, Math.max(buffer.length * 2, size + bytes.length));
    }
    System.arraycopy(bytes, 0, buffer, size, bytes.length);
    size += bytes.length;
  }

  /// Skips white space and enters the next object; false when there is none yet.
  private boolean begin() throws JsonSyntaxException {
    int start = position;
    while (start < size && isSpace(buffer[start])) {
      start++;
    }
    drop(start);
    if (size == 0) {
      return false;
    }
    if (buffer[0] != '{') {
      throw new JsonSyntaxException("proto: syntax error: a JSON object was expected");
    }
    depth = 1;
    position = 1;
    return true;
  }

  /// Whether the byte closed something.
  private boolean step(byte b) {
    if (inString) {
      if (escaped) {
        escaped = false;
      } else if (b == '\\') {
        escaped = true;
      } else if (b == '"') {
        inString = false;
      }
      return false;
    }
    switch (b) {
      case '"' -> inString = true;
      case '{', '[' -> depth++;
      case '}', ']' -> {
        depth--;
        return true;
      }
      default -> {}
    }
    return false;
  }

  private void drop(int count) {
    System.arraycopy(buffer, count, buffer, 0, size - count);
    size -= count;
    position = 0;
  }

  private static boolean isSpace(byte b) {
    return b == ' ' || b == '\n' || b == '\r' || b == '\t';
  }
}
