package io.flotilla.node.storage;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32C;

/// Who a node is, and the file that says so (docs/format.md "Identity"). Written once, when the
/// data directory is made; later flags do not change it.
///
/// @param clusterId etcd's cluster id
/// @param node etcd's member id
/// @param origin where the cluster came from
public record Identity(long clusterId, NodeId node, Origin origin) {
  private static final HexFormat HEX = HexFormat.of();
  private static final int BYTES_MAX = 256 * 1024;
  private static final String ID = "[0-9a-f]{16}";
  private static final String WITHOUT_ORIGIN = "format 1";
  private static final String WITH_ORIGIN = "format 2";
  private static final String WITH_SHARDS = "format 3";
  private static final String WITH_REPLICAS = "format 4";

  /// A node whose state knows its cluster already.
  public Identity(long clusterId, NodeId node) {
    this(clusterId, node, Origin.OF_STATE);
  }

  /// @throws CorruptionException when the file is not what was written
  public static Identity read(Disk disk, Path path) throws IOException {
    List<String> lines = lines(disk, path);
    int last = lines.size() - 1;
    require(path, last >= 3, "it has " + lines.size() + " lines instead of 4 or more");
    require(path, lines.get(last).equals(closing(lines.subList(0, last))), "its checksum is wrong");
    String format = lines.get(0);
    boolean hasOrigin = List.of(WITH_ORIGIN, WITH_SHARDS, WITH_REPLICAS).contains(format);
    boolean known = hasOrigin ? last > 3 : format.equals(WITHOUT_ORIGIN) && last == 3;
    require(path, known, "it has an unknown " + format);
    boolean named = lines.get(1).matches("cluster " + ID) && lines.get(2).matches("member " + ID);
    require(path, named, "it does not name a cluster and a member");
    Origin origin = hasOrigin ? origin(path, lines.subList(3, last)) : Origin.OF_STATE;
    var identity = new Identity(id(lines.get(1)), new NodeId(id(lines.get(2))), origin);
    require(path, format.equals(identity.format()), "it has lines that " + format + " has not");
    return identity;
  }

  /// The oldest that can say it: a cluster of one shard is read by versions that know no other.
  private String format() {
    if (origin.kind() == Origin.Kind.RESTORED) {
      return WITHOUT_ORIGIN;
    }
    if (origin.replicas() > 0) {
      return WITH_REPLICAS;
    }
    return origin.splitKeys().isEmpty() ? WITH_ORIGIN : WITH_SHARDS;
  }

  private static Origin origin(Path path, List<String> lines) {
    try {
      return Origin.parse(lines);
    } catch (IllegalArgumentException unknown) {
      throw new CorruptionException(path, 0, "it has " + unknown.getMessage());
    }
  }

  /// The name appears only when the content is durable.
  public void write(Disk disk, Path path) throws IOException {
    List<String> lines = new ArrayList<>();
    lines.add(format());
    lines.add("cluster " + HEX.toHexDigits(clusterId));
    lines.add("member " + HEX.toHexDigits(node.value()));
    if (origin.kind() != Origin.Kind.RESTORED) {
      lines.addAll(origin.lines());
    }
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

  /// The last line of a file that the lines are the rest of.
  static String closing(List<String> lines) {
    var crc = new CRC32C();
    crc.update(String.join("\n", lines).getBytes(StandardCharsets.UTF_8));
    return "crc32c " + HEX.toHexDigits((int) crc.getValue());
  }
}
