package io.flotilla.placement.plan;

import io.flotilla.base.Key;
import java.util.HexFormat;

/// Keys as the command line reads them.
final class KeyText {
  private KeyText() {}

  /// Printable ASCII as it is, but for blank, comma, quote and backslash; every other byte as
  /// `\xNN`.
  static String of(Key key) {
    var text = new StringBuilder(key.length());
    for (byte b : key.bytes()) {
      if (b > ' ' && b < 0x7f && ",\\'\"".indexOf(b) < 0) {
        text.append((char) b);
      } else {
        text.append("\\x").append(HexFormat.of().toHexDigits(b));
      }
    }
    return text.toString();
  }
}
