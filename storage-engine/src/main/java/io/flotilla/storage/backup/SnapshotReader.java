package io.flotilla.storage.backup;

import io.flotilla.base.port.Disk;
import io.flotilla.storage.btree.BTree;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/// Makes a tree file out of a snapshot stream. Blocks, so it runs on a storage thread; needs memory
/// for one entry, one frame and the tree's pages between two checkpoints.
///
/// The file appears under its name complete and durable, or not at all: it is built under another
/// name, which a crash may leave behind and the next restore replaces.
public final class SnapshotReader {
  private static final String SUFFIX = ".restoring";
  private static final long CHECKPOINT_DIRTY_BYTES = 16L << 20;
  private static final int DIRTY_CHECK_ENTRIES = 256;

  private final SnapshotFrames frames;
  private final TreeFile file;
  private @Nullable BTree tree;
  private byte[] lastKey = new byte[0];
  private byte[] value = new byte[4096];
  private long entries;

  private SnapshotReader(SnapshotFrames frames, TreeFile file) {
    this.frames = frames;
    this.file = file;
  }

  /// What was restored.
  ///
  /// @param revision the revision of the store when the snapshot was taken
  /// @param entries number of entries in all trees
  public record Restored(long revision, long entries) {}

  /// Writes the snapshot in `source` to `target`, replacing a file of that name.
  ///
  /// @throws SnapshotDamagedException when the stream is damaged; `target` is untouched
  /// @throws UncheckedIOException when the disk or the source fails; `target` is untouched
  public static Restored restore(
      Disk disk, Path target, TreeFileConfig config, SnapshotSource source) {
    Path building = target.resolveSibling(target.getFileName() + SUFFIX);
    try {
      Restored restored = build(disk, building, config, source);
      disk.rename(building, target);
      disk.forceDirectory(directoryOf(target));
      return restored;
    } catch (IOException failure) {
      discard(disk, building, failure);
      throw new UncheckedIOException(failure);
    } catch (RuntimeException | Error failure) {
      discard(disk, building, failure);
      throw failure;
    }
  }

  private static Path directoryOf(Path target) {
    Path parent = target.getParent();
    return parent == null ? Path.of("") : parent;
  }

  private static void discard(Disk disk, Path building, Throwable failure) {
    try {
      disk.delete(building);
    } catch (IOException second) {
      failure.addSuppressed(second);
    }
  }

  private static Restored build(
      Disk disk, Path building, TreeFileConfig config, SnapshotSource source) throws IOException {
    var frames = new SnapshotFrames(source);
    disk.delete(building);
    try (TreeFile file = TreeFile.open(disk, building, config)) {
      var reader = new SnapshotReader(frames, file);
      reader.readItems();
      frames.finish();
      file.checkpoint();
      return new Restored(frames.revision(), reader.entries);
    }
  }

  private void readItems() throws IOException {
    while (true) {
      byte kind = frames.readByte();
      switch (kind) {
        case SnapshotFormat.TREE -> readTree();
        case SnapshotFormat.ENTRY -> readEntry(true);
        case SnapshotFormat.WEIGHTLESS_ENTRY -> readEntry(false);
        case SnapshotFormat.END -> {
          frames.require(frames.readNumber(Long.BYTES) == entries, "every entry is there");
          return;
        }
        default -> throw frames.damaged("an item of kind " + kind + " is known");
      }
    }
  }

  private void readTree() throws IOException {
    byte[] name = new byte[(int) frames.readNumber(Short.BYTES)];
    frames.readFully(name, name.length);
    BTree next = file.tree(new String(name, StandardCharsets.UTF_8));
    frames.require(next.size() == 0, "a tree comes once");
    tree = next;
    lastKey = new byte[0];
  }

  private void readEntry(boolean counted) throws IOException {
    int keyLength = frames.readLength();
    int valueLength = frames.readLength();
    byte[] key = new byte[keyLength];
    frames.readFully(key, keyLength);
    value = valueLength <= value.length ? value : new byte[valueLength];
    frames.readFully(value, valueLength);
    BTree to = tree;
    if (to == null) {
      throw frames.damaged("an entry belongs to a tree");
    }
    frames.require(to.size() == 0 || Arrays.compareUnsigned(lastKey, key) < 0, "keys ascend");
    to.put(key, value, valueLength, counted);
    lastKey = key;
    entries++;
    if (entries % DIRTY_CHECK_ENTRIES == 0 && file.dirtyBytes() >= CHECKPOINT_DIRTY_BYTES) {
      file.checkpoint();
    }
  }
}
