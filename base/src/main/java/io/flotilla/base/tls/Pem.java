package io.flotilla.base.tls;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/// One block of a PEM file (RFC 7468).
///
/// @param label such as `CERTIFICATE`
record Pem(String label, byte[] bytes) {
  private static final Pattern BLOCK =
      Pattern.compile("-----BEGIN ([^-\\r\\n]+)-----(.*?)-----END \\1-----", Pattern.DOTALL);
  private static final int LINE = 64;

  /// In their order; what stands around them is passed over.
  ///
  /// @throws IllegalArgumentException when what is in a block is not Base64
  static List<Pem> blocks(byte[] file) {
    List<Pem> blocks = new ArrayList<>();
    Matcher found = BLOCK.matcher(new String(file, StandardCharsets.ISO_8859_1));
    while (found.find()) {
      String body = found.group(2);
      boolean encrypted = body.contains("Proc-Type:");
      String label = encrypted ? "ENCRYPTED " + found.group(1) : found.group(1);
      byte[] bytes = encrypted ? new byte[0] : Base64.getMimeDecoder().decode(body);
      blocks.add(new Pem(label, bytes));
    }
    return blocks;
  }

  /// The block as text.
  static String text(String label, byte[] bytes) {
    var lines = Base64.getMimeEncoder(LINE, new byte[] {'\n'});
    return "-----BEGIN "
        + label
        + "-----\n"
        + lines.encodeToString(bytes)
        + "\n-----END "
        + label
        + "-----\n";
  }
}
