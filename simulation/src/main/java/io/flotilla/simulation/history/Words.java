package io.flotilla.simulation.history;

import java.nio.charset.StandardCharsets;

/// Texts with one character for each byte: made from bytes, turned back, and printed.
public final class Words {
  private static final int SHOWN_MAX = 40;

  private Words() {}

  public static String ofBytes(byte[] bytes) {
    return new String(bytes, StandardCharsets.ISO_8859_1);
  }

  /// @throws IllegalArgumentException if a character of `text` is none of the first 256
  public static byte[] toBytes(String text) {
    if (!text.chars().allMatch(c -> c < 256)) {
      throw new IllegalArgumentException("not one byte for each character: " + text);
    }
    return text.getBytes(StandardCharsets.ISO_8859_1);
  }

  /// Printable form: ASCII as it is, others as `\xNN`, long texts cut.
  static String of(String text) {
    var shown = new StringBuilder();
    for (int i = 0; i < Math.min(text.length(), SHOWN_MAX); i++) {
      char c = text.charAt(i);
      if (c >= 0x20 && c < 0x7f) {
        shown.append(c);
      } else {
        shown.append(String.format("\\x%02x", (int) c));
      }
    }
    return text.length() > SHOWN_MAX ? shown + "..." + text.length() : shown.toString();
  }
}
