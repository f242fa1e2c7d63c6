package io.flotilla.storage.mvcc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.storage.btree.Cursor;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.check.CheckReport;
import io.flotilla.storage.check.TreeCheck;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/// A store on a simulated disk, with the shorthand that tests want. Closing it verifies all the
/// rules between its trees, and every page of its file.
public final class TestStore implements AutoCloseable {
  static final Path PATH = Path.of("/db");

  private final SimDisk disk = new SimDisk();
  private TreeFile file = openFile();
  private MvccStore store = MvccStore.open(file);

  private TreeFile openFile() {
    try {
      return TreeFile.open(disk, PATH, TreeFileConfig.standard());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  public MvccStore store() {
    return store;
  }

  public TreeFile file() {
    return file;
  }

  public SimDisk disk() {
    return disk;
  }

  public void checkpoint() {
    try {
      file.checkpoint();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// Comes back with what the last checkpoint holds.
  public void reopen() {
    file.close();
    file = openFile();
    store = MvccStore.open(file);
  }

  public void verify() {
    assertThat(MvccCheck.check(file)).isEmpty();
  }

  @Override
  public void close() {
    verify();
    checkpoint();
    file.close();
    verifyPages(disk, PATH);
  }

  /// Every page of a closed file is reached exactly once, or free.
  public static void verifyPages(SimDisk disk, Path path) {
    try {
      CheckReport report = TreeCheck.verify(disk, path);
      assertThat(report.sound()).as(report.toString()).isTrue();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  // ---- shorthand

  /// Puts at the next revision, which it returns.
  public long put(String key, String value) {
    return put(key, value, 0);
  }

  public long put(String key, String value, long lease) {
    MvccWriter writer = store.begin(store.revision() + 1);
    writer.put(Key.utf8(key), value.getBytes(UTF_8), lease);
    writer.seal();
    return store.revision();
  }

  /// Deletes at the next revision, which it returns.
  public long delete(String key) {
    MvccWriter writer = store.begin(store.revision() + 1);
    assertThat(writer.delete(Key.utf8(key))).as("something to delete").isNotNull();
    writer.seal();
    return store.revision();
  }

  public void compact(long revision) {
    store.startCompaction(revision);
    finishCompaction();
  }

  public void finishCompaction() {
    while (store.compactStep(3)) {
      verify();
    }
  }

  /// The pair as `key=value create.mod.version lease`, or `none`.
  String get(String key, long atRevision) {
    KeyValue pair = store.get(Key.utf8(key), atRevision);
    return pair == null ? "none" : text(pair);
  }

  String get(String key) {
    return get(key, store.head());
  }

  static String text(KeyValue pair) {
    String lease = pair.lease() == 0 ? "" : " lease " + pair.lease();
    return "%s=%s %d.%d.%d%s"
        .formatted(
            pair.key(),
            new String(pair.value(), UTF_8),
            pair.createRevision(),
            pair.modRevision(),
            pair.version(),
            lease);
  }

  public List<String> range(KeyRange range, long atRevision) {
    List<String> pairs = new ArrayList<>();
    RangeScan scan = store.scan(range, atRevision);
    while (scan.next()) {
      pairs.add(text(scan.keyValue()));
    }
    return pairs;
  }

  /// The changes from a revision on, each as `revision.sub pair` or `revision.sub -key`.
  public List<String> history(long fromRevision) {
    List<String> changes = new ArrayList<>();
    HistoryScan scan = store.history(fromRevision, Long.MAX_VALUE);
    while (scan.next()) {
      String what = scan.tombstone() ? "-" + scan.key() : text(scan.keyValue());
      changes.add(scan.revision() + "." + scan.subRevision() + " " + what);
    }
    return changes;
  }

  /// The entries of a tree, each as key and value in hex.
  List<String> dump(String tree) {
    List<String> entries = new ArrayList<>();
    Cursor cursor = file.tree(tree).cursor();
    for (boolean more = cursor.first(); more; more = cursor.next()) {
      String key = HexFormat.of().formatHex(cursor.key());
      entries.add(key + " " + HexFormat.of().formatHex(cursor.value()));
    }
    return entries;
  }

  public HashResult hash(long atRevision) {
    try (HashRun run = store.openHash(atRevision)) {
      boolean more = true;
      while (more) {
        more = run.step(7);
      }
      return run.result();
    }
  }
}
