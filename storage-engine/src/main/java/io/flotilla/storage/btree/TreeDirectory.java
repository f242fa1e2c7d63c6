package io.flotilla.storage.btree;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/// The directory run: one record per tree, in the order of names.
///
///     0         2      2+n     +4      +8        +16       +24
///     +---------+------+-------+-------+---------+---------+
///     | nameLen | name | root  | depth | entries | counted |
///     +---------+------+-------+-------+---------+---------+
public final class TreeDirectory {
  private static final int FIXED_BYTES =
      Short.BYTES + Integer.BYTES + Integer.BYTES + Long.BYTES + Long.BYTES;

  /// One tree as a checkpoint left it.
  ///
  /// @param root page of the root, zero for an empty tree
  /// @param depth pages from the root to a leaf
  public record Row(String name, int root, int depth, long entries, long counted) {}

  private TreeDirectory() {}

  static byte[] encode(List<Row> rows) {
    List<byte[]> names =
        rows.stream().map(row -> row.name().getBytes(StandardCharsets.UTF_8)).toList();
    int bytes = names.stream().mapToInt(name -> FIXED_BYTES + name.length).sum();
    ByteBuffer out = ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      out.putShort((short) names.get(i).length).put(names.get(i));
      out.putInt(row.root()).putInt(row.depth()).putLong(row.entries()).putLong(row.counted());
    }
    return out.array();
  }

  /// @throws IllegalArgumentException when the bytes are no directory
  public static List<Row> decode(byte[] bytes) {
    ByteBuffer in = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    List<Row> rows = new ArrayList<>();
    while (in.hasRemaining()) {
      if (in.remaining() < Short.BYTES) {
        throw new IllegalArgumentException("directory row is cut");
      }
      int nameBytes = Short.toUnsignedInt(in.getShort());
      if (in.remaining() < nameBytes + FIXED_BYTES - Short.BYTES) {
        throw new IllegalArgumentException("directory row is cut");
      }
      byte[] name = new byte[nameBytes];
      in.get(name);
      rows.add(
          new Row(
              new String(name, StandardCharsets.UTF_8),
              in.getInt(),
              in.getInt(),
              in.getLong(),
              in.getLong()));
    }
    return rows;
  }
}
