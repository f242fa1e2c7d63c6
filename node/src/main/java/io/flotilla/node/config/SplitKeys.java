package io.flotilla.node.config;

import io.flotilla.base.Key;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// Keys as an operator writes and reads them, separated by commas: text as it is, any byte as
/// `\xNN`, a backslash also as `\\`. Blanks around a key do not count, so commas and outer blanks
/// of keys are written as bytes.
public final class SplitKeys {
  /// A node runs a replica of every group.
  static final int MAX = 63;

  /// Far above what a border needs, and the identity file stays small.
  static final int BYTES_MAX = 1024;

  private static final Pattern PART =
      Pattern.compile("\\\\x([0-9a-fA-F]{2})|\\\\(\\\\)|[^\\\\]+", Pattern.DOTALL);

  private SplitKeys() {}

  /// The keys at which shards begin; none for an empty text.
  ///
  /// @throws IllegalArgumentException with the reason when these are not keys that ascend
  static List<Key> parse(String text) {
    if (text.isBlank()) {
      return List.of();
    }
    List<Key> keys = new ArrayList<>();
    for (String word : text.split(",", -1)) {
      Key key = key(word.strip());
      if (!keys.isEmpty()) {
        requireAscending(keys.getLast(), key);
      }
      keys.add(key);
    }
    if (keys.size() > MAX) {
      throw new IllegalArgumentException(keys.size() + " keys are more than " + MAX);
    }
    return List.copyOf(keys);
  }

  /// Keys in any order.
  ///
  /// @throws IllegalArgumentException with the reason when these are not keys
  static List<Key> parseAny(String text) {
    if (text.isBlank()) {
      return List.of();
    }
    return Arrays.stream(text.split(",", -1)).map(word -> key(word.strip())).toList();
  }

  /// One key, written alike; commas stand for themselves.
  ///
  /// @throws IllegalArgumentException with the reason when this is no key
  public static Key parseOne(String text) {
    return key(text.strip());
  }

  /// A key as [#parse] reads it, without blanks and commas.
  public static String text(Key key) {
    var text = new StringBuilder(key.length());
    for (byte b : key.bytes()) {
      if (b > ' ' && b < 0x7f && b != ',' && b != '\\') {
        text.append((char) b);
      } else {
        text.append("\\x").append(HexFormat.of().toHexDigits(b));
      }
    }
    return text.toString();
  }

  private static void requireAscending(Key before, Key key) {
    int order = before.compareTo(key);
    if (order == 0) {
      throw new IllegalArgumentException("\"" + key + "\" is named twice");
    }
    if (order > 0) {
      throw new IllegalArgumentException(
          "keys must ascend by their bytes, but \"" + key + "\" comes after \"" + before + "\"");
    }
  }

  private static Key key(String word) {
    if (word.isEmpty()) {
      throw new IllegalArgumentException("a key must not be empty");
    }
    var bytes = new ByteArrayOutputStream(word.length());
    Matcher part = PART.matcher(word);
    int end = 0;
    while (end < word.length()) {
      if (!part.find(end) || part.start() != end) {
        throw new IllegalArgumentException(
            "\"" + word + "\" has a backslash that begins neither \\xNN nor \\\\");
      }
      bytes.writeBytes(bytes(part));
      end = part.end();
    }
    if (bytes.size() > BYTES_MAX) {
      throw new IllegalArgumentException(
          "a key of " + bytes.size() + " bytes is longer than " + BYTES_MAX);
    }
    return Key.of(bytes.toByteArray());
  }

  private static byte[] bytes(Matcher part) {
    if (part.group(1) != null) {
      return new byte[] {(byte) HexFormat.fromHexDigits(part.group(1))};
    }
    String text = part.group(2) != null ? part.group(2) : part.group();
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
