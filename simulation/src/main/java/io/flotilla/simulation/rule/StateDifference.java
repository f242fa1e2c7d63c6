package io.flotilla.simulation.rule;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.flotilla.storage.backup.SnapshotReader;
import io.flotilla.storage.backup.SnapshotWriter;
import io.flotilla.storage.btree.Cursor;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;

/// Says where two states differ, for the report of a broken rule.
final class StateDifference {
  private static final Path FILE = Path.of("/state");
  private static final int TOLD_MAX = 6;
  private static final HexFormat HEX = HexFormat.of();

  /// The revision, where records do not show it: of a shard group's replica how far the order moved
  /// it on; of any whether a checkpoint was written while the newest records were erased. What the
  /// machine takes for its revision is in [StateHash].
  private static final String REVISION = "meta " + HEX.formatHex("revision".getBytes(UTF_8));

  /// Whether that is stated exactly, which depends on when the replica wrote checkpoints.
  private static final String EXACT = "meta " + HEX.formatHex("exact".getBytes(UTF_8));

  private static final Set<String> STATED = Set.of(REVISION, EXACT);

  private StateDifference() {}

  /// As [#between], of replicas of a group; empty if there is none.
  static String of(Supplier<SnapshotWriter> one, Supplier<SnapshotWriter> other) {
    Map<String, String> left = entries(one);
    Map<String, String> right = entries(other);
    left.keySet().removeAll(STATED);
    right.keySet().removeAll(STATED);
    return left.equals(right) ? "" : between(left, right);
  }

  /// The first entries that are not equal, by tree.
  private static String between(Map<String, String> left, Map<String, String> right) {
    var names = new TreeSet<>(left.keySet());
    names.addAll(right.keySet());
    var text = new StringBuilder();
    int told = 0;
    for (String name : names) {
      String first = left.getOrDefault(name, "nothing");
      String second = right.getOrDefault(name, "nothing");
      if (!first.equals(second) && told++ < TOLD_MAX) {
        text.append("\n    ").append(name).append(": ").append(first).append(" and ");
        text.append(second);
      }
    }
    return text + "\n    " + told + " entries differ";
  }

  private static Map<String, String> entries(Supplier<SnapshotWriter> state) {
    var disk = new SimDisk();
    TreeFileConfig config = TreeFileConfig.standard();
    try (SnapshotWriter writer = state.get()) {
      SnapshotReader.restore(
          disk,
          FILE,
          config,
          target -> {
            int before = target.position();
            return writer.nextChunk(target) ? target.position() - before : -1;
          });
    }
    try (TreeFile file = TreeFile.open(disk, FILE, config)) {
      Map<String, String> entries = new TreeMap<>();
      for (String tree : file.treeNames()) {
        Cursor cursor = file.tree(tree).cursor();
        for (boolean more = cursor.first(); more; more = cursor.next()) {
          entries.put(tree + " " + HEX.formatHex(cursor.key()), HEX.formatHex(cursor.value()));
        }
      }
      return entries;
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
  }
}
