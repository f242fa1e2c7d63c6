package io.flotilla.node.storage;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import io.flotilla.storage.file.Directories;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// What a node remembers of replicas that it removed while their groups went on elsewhere: the file
/// `groups/<id>.dropped` (docs/format.md). Everything here blocks.
///
/// A replica that comes back begins with the term and the vote of the one that went, or it could
/// vote twice in a term; and it begins empty, whoever founded the group.
public final class DroppedReplicas {
  /// One group's.
  ///
  /// @param back whether there is a replica again: its log has term and vote. If not, whatever is
  ///     in the group's directory may go
  /// @param placement of the group when the replica went or came back, as its record counts them
  /// @param term of the replica that went
  /// @param vote in that term; [NodeId#NONE] for none
  public record Dropped(boolean back, long placement, long term, NodeId vote) {
    /// The replica is there again.
    public Dropped backAt(long newPlacement) {
      return new Dropped(true, newPlacement, term, vote);
    }
  }

  private static final String SUFFIX = ".dropped";
  private static final String FORMAT = "format 1";
  private static final int BYTES_MAX = 1024;
  private static final String NUMBER = "[0-9]{1,18}";

  private final Disk disk;
  private final NodeFiles files;

  public DroppedReplicas(Disk disk, NodeFiles files) {
    this.disk = disk;
    this.files = files;
  }

  private Path path(GroupId group) {
    return files.groups().resolve(group + SUFFIX);
  }

  /// The group that a name in the directory of groups is about; -1 for none.
  static int groupOf(String name) {
    return name.matches("[1-9][0-9]{0,8}\\.dropped")
        ? Integer.parseInt(name.substring(0, name.length() - SUFFIX.length()))
        : -1;
  }

  /// All that there are, by group.
  ///
  /// @throws CorruptionException when one is not what was written
  public Map<GroupId, Dropped> list() throws IOException {
    var all = new TreeMap<GroupId, Dropped>();
    for (String name : disk.list(files.groups())) {
      int group = groupOf(name);
      if (group > 0) {
        all.put(new GroupId(group), read(path(new GroupId(group))));
      }
    }
    return all;
  }

  private Dropped read(Path path) throws IOException {
    List<String> lines = lines(path);
    boolean sound =
        lines.size() == 6
            && lines.get(5).equals(Identity.closing(lines.subList(0, 5)))
            && lines.get(0).equals(FORMAT)
            && lines.get(1).matches("gone|back")
            && lines.get(2).matches("placement " + NUMBER)
            && lines.get(3).matches("term " + NUMBER)
            && lines.get(4).matches("vote [0-9a-f]{16}");
    if (!sound) {
      throw new CorruptionException(path, 0, "it does not say what became of the replica");
    }
    return new Dropped(
        lines.get(1).equals("back"),
        Long.parseLong(lines.get(2).substring("placement ".length())),
        Long.parseLong(lines.get(3).substring("term ".length())),
        new NodeId(HexFormat.fromHexDigitsToLong(lines.get(4).substring("vote ".length()))));
  }

  private List<String> lines(Path path) throws IOException {
    try (DiskFile file = disk.openForRead(path)) {
      var bytes = ByteBuffer.allocate((int) Math.min(file.size(), BYTES_MAX));
      file.read(0, bytes);
      return StandardCharsets.UTF_8.decode(bytes.flip()).toString().lines().toList();
    }
  }

  /// Durable when it returns; takes the place of what was there at once.
  public void write(GroupId group, Dropped dropped) throws IOException {
    Directories.createDurably(disk, files.groups());
    List<String> lines = new ArrayList<>();
    lines.add(FORMAT);
    lines.add(dropped.back() ? "back" : "gone");
    lines.add("placement " + dropped.placement());
    lines.add("term " + dropped.term());
    lines.add("vote " + HexFormat.of().toHexDigits(dropped.vote().value()));
    String text = String.join("\n", lines) + "\n" + Identity.closing(lines) + "\n";
    Path fresh = files.groups().resolve(group + SUFFIX + ".new");
    disk.delete(fresh);
    try (DiskFile file = disk.open(fresh)) {
      file.write(0, ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
      file.force(true);
    }
    disk.rename(fresh, path(group));
    disk.forceDirectory(files.groups());
  }

  /// The group is no more.
  public void forget(GroupId group) throws IOException {
    disk.delete(path(group));
  }
}
