package io.flotilla.router.front.json;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Cuts a byte stream into its JSON values, which may follow each other with or without white
/// space.
/// Whether a value is a message is for [JsonReader] to say.
final class JsonDocuments {
  /// What may follow an object in the same piece of a body.
  private static final int SLACK_BYTES = 256 * 1024;

  private final int maxBytes;
  private byte[] buffer = new byte[256];
  private int size;
  /// Next byte to look at.
  private int position;
  private final JsonScanner scanner = new JsonScanner();

  /// @param maxBytes largest value
  JsonDocuments(int maxBytes) {
    this.maxBytes = maxBytes;
  }

  /// Takes in more bytes.
  ///
  /// @throws JsonSyntaxException when more than the largest value waits
  void feed(byte[] bytes) throws JsonSyntaxException {
    if (size + (long) bytes.length > maxBytes + (long) SLACK_BYTES) {
      throw new JsonSyntaxException("a document is larger than " + maxBytes + " bytes");
    }
    append(bytes);
  }

  /// The next complete value; null while there is none.
  ///
  /// @throws JsonSyntaxException when what comes is no JSON
  byte @Nullable [] next() throws JsonSyntaxException {
    if (position == 0) {
      skipSpace();
    }
    while (position < size) {
      if (position > 0 && scanner.endsBefore(buffer[position])) {
        return take();
      }
      if (scanner.step(buffer[position++])) {
        return take();
      }
    }
    return null;
  }

  /// As [#next] when nothing more comes: a number may end there.
  byte @Nullable [] last() {
    return position > 0 && scanner.mayEnd() ? take() : null;
  }

  private byte[] take() {
    byte[] document = Arrays.copyOf(buffer, position);
    drop(position);
    scanner.reset();
    return document;
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

  private void skipSpace() {
    int start = 0;
    while (start < size && JsonScanner.isSpace(buffer[start])) {
      start++;
    }
    drop(start);
  }

  private void drop(int count) {
    System.arraycopy(buffer, count, buffer, 0, size - count);
    size -= count;
    position = 0;
  }
}
