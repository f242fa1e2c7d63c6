package io.flotilla.node.storage;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;

/// Who a node is, and the file that says so (docs/format.md "Identity"). Written once, when the
/// data directory is made; later flags do not change it.
///
/// @param clusterId etcd's cluster id
/// @param node etcd's member id
public record Identity(long clusterId, NodeId node) {
  private static final HexFormat HEX = HexFormat.of();
  private static final int BYTES_MAX = 64 * 1024;
  private static final String ID = "[0-9a-f]{16}";

  /// @throws CorruptionException when the file is not what was written
  public static Identity read(Disk disk, Path path) throws IOException {
    List<String> lines = lines(disk, path);
    require(path, lines.size() == 4, "it has " + lines.size() + " lines instead of 4");
    require(path, lines.get(3).equals(closing(lines.subList(0, 3))), "its checksum is wrong");
    require(path, lines.get(0).equals("format 1"), "it has an unknown " + lines.get(0));
    boolean named = lines.get(1).matches("cluster " + ID) && lines.get(2).matches("member " + ID);
    require(path, named, "it does not name a cluster and a member");
    return new Identity(id(lines.get(1)), new NodeId(id(lines.get(2))));
  }

  /// The name appears only when the content is durable.
  public void write(Disk disk, Path path) throws IOException {
    List<String> lines =
        List.of(
            "format 1",
            "cluster " + HEX.toHexDigits(clusterId),
            "member " + HEX.toHexDigits(node.value()));
    String text = String.join("\n", lines) + "\n" + closing(lines) + "\n";
    Path fresh = path.resolveSibling(path.getFileName() + ".new");
    disk.delete(fresh);
    try (DiskFile file = disk.open(fresh)) {
      file.write(0, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      file.force(true);
    }
    disk.rename(fresh, path);
    disk.forceDirectory(path.getParent());
  }

  @Override
  public String toString() {
    return "cluster " + HEX.toHexDigits(clusterId) + ", member " + HEX.toHexDigits(node.value());
  }

  private static List<String> lines(Disk disk, Path path) throws IOException {
    try (DiskFile file = disk.openForRead(path)) {
      var bytes = ByteBuffer.allocate((int) Math.min(file.size(), BYTES_MAX));
      file.read(0, bytes);
      return StandardCharsets.UTF_8.decode(bytes.flip()).toString().lines().toList();
    }
  }

  private static void require(Path path, boolean holds, String reason) {
    if (!holds) {
      throw new CorruptionException(path, 0, reason);
    }
  }

  private static long id(String line) {
    return HexFormat.fromHexDigitsToLong(line, line.indexOf(' ') + 1, line.length());
  }

  private static String closing(List<String> lines) {
    var crc = new CRC32C();
    crc.update(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
    return "crc32c " + HEX.toHexDigits((int) crc.getValue());
  }
}
