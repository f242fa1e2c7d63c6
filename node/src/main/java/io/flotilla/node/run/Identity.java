package io.flotilla.node.run;

import io.flotilla.base.NodeId;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;

/// Who a node is. Fixed when its data directory is made; later flags do not change it.
///
/// @param clusterId etcd's cluster id
/// @param node etcd's member id
record Identity(long clusterId, NodeId node) {
  private static final String FORMAT = "1";
  private static final HexFormat HEX = HexFormat.of();

  /// The file's lines: `name value`, closed by a checksum of the lines before.
  List<String> lines() {
    List<String> lines =
        List.of(
            "format " + FORMAT,
            "cluster " + HEX.toHexDigits(clusterId),
            "member " + HEX.toHexDigits(node.value()));
    return List.of(lines.get(0), lines.get(1), lines.get(2), "crc32c " + checksum(lines));
  }

  /// @throws StartupException when the lines are not what [#lines] made
  static Identity parse(Path file, List<String> lines) {
    Map<String, String> values = new HashMap<>();
    for (String line : lines) {
      int space = line.indexOf(' ');
      if (space > 0) {
        values.put(line.substring(0, space), line.substring(space + 1));
      }
    }
    boolean whole =
        lines.size() == 4 && checksum(lines.subList(0, 3)).equals(values.get("crc32c"));
    if (!whole) {
      throw new StartupException(
          file + " is damaged; restore it, or the whole data directory from a backup");
    }
    if (!FORMAT.equals(values.get("format"))) {
      throw new StartupException(
          file + " has format " + values.get("format") + "; this version knows " + FORMAT);
    }
    return new Identity(
        HexFormat.fromHexDigitsToLong(values.get("cluster")),
        new NodeId(HexFormat.fromHexDigitsToLong(values.get("member"))));
  }

  private static String checksum(List<String> lines) {
    var crc = new CRC32C();
    crc.update(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
    return HEX.toHexDigits((int) crc.getValue());
  }
}
