package io.flotilla.storage.mvcc;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.InvariantViolation;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.storage.backup.SnapshotReader;
import io.flotilla.storage.backup.SnapshotWriter;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Stores that share one order of revisions make one store, which goes on like any other.
class StoreCopyTest {
  private static final Path TARGET = Path.of("/restored");

  private static final List<KeyRange> OWN =
      List.of(
          new KeyRange(Key.utf8("a"), Key.utf8("i")),
          new KeyRange(Key.utf8("i"), Key.utf8("q")),
          KeyRange.from(Key.utf8("q")));

  static LongStream seeds() {
    Long given = Long.getLong("seed");
    return given != null ? LongStream.of(given) : LongStream.range(1, 13);
  }

  /// Three stores, and one that has what all of them have.
  private static final class World implements AutoCloseable {
    final Random random;
    final TestStore whole = new TestStore();
    final List<TestStore> parts = List.of(new TestStore(), new TestStore(), new TestStore());

    private int foreign;

    World(long seed) {
      random = new Random(seed);
    }

    private Key key(int part) {
      return Key.utf8("" + (char) ('a' + 8 * part + random.nextInt(6)));
    }

    /// One revision with changes of some stores.
    void step() {
      long revision = whole.store().revision() + 1;
      MvccWriter all = whole.store().begin(revision);
      for (int part = 0; part < 3; part++) {
        if (random.nextInt(3) == 0 || (part == 2 && !all.hasChanges())) {
          change(part, revision, all);
        }
      }
      all.seal();
      parts.forEach(part -> part.store().advanceTo(revision));
    }

    private void change(int part, long revision, MvccWriter all) {
      MvccStore store = parts.get(part).store();
      MvccWriter own = store.begin(revision, all.changeCount());
      for (int i = random.nextInt(3); i >= 0; i--) {
        Key key = key(part);
        byte[] value = String.valueOf(random.nextInt()).getBytes(UTF_8);
        long lease = random.nextInt(3);
        if (store.meta(key) != null && random.nextInt(3) == 0) {
          own.delete(key);
          all.delete(key);
        } else {
          own.put(key, value, lease);
          all.put(key, value, lease);
        }
      }
      own.seal();
      if (random.nextInt(4) == 0) {
        importForeign(part, revision + random.nextInt(3));
      }
    }

    /// A record of a key that another part has, as if it were on its way here.
    private void importForeign(int part, long revision) {
      MvccStore store = parts.get(part).store();
      Key key = key((part + 1) % 3);
      KeyMeta before = store.meta(key);
      if (before == null || before.modRevision() < revision) {
        long create = before == null ? revision : before.createRevision();
        long version = before == null ? 1 : before.version() + 1;
        var numbers = new KeyMeta(create, revision, version, random.nextInt(3));
        store.importer().add(key, 1000 + foreign++, "foreign".getBytes(UTF_8), numbers);
      }
    }

    /// In all stores; each has its own progress with what it drops.
    void compact() {
      long to = whole.store().revision() - random.nextInt(10);
      if (to > whole.store().compactRevision()) {
        whole.store().startCompaction(to);
        parts.forEach(part -> part.store().startCompaction(to));
      }
      for (TestStore part : parts) {
        int steps = random.nextInt(30);
        while (steps-- > 0 && part.store().compactStep(2)) {
          // some of the way
        }
      }
    }

    byte[] merged() {
      List<StoreCopy> copies = new ArrayList<>();
      for (int i = 0; i < parts.size(); i++) {
        copies.add(StoreCopy.open(parts.get(i).file(), List.of(OWN.get(i))));
      }
      StoreCopy first = copies.removeFirst();
      try (SnapshotWriter writer = StoreCopy.merge(first, copies, whole.store().revision())) {
        ByteBuffer all = ByteBuffer.allocate((int) writer.totalBytes());
        writer.nextChunk(all);
        return all.array();
      }
    }

    @Override
    public void close() {
      whole.close();
      parts.forEach(TestStore::close);
    }
  }

  private static TreeFile restored(byte[] stream) throws IOException {
    var disk = new SimDisk();
    var left = ByteBuffer.wrap(stream);
    SnapshotReader.restore(
        disk,
        TARGET,
        TreeFileConfig.standard(),
        target -> {
          int size = Math.min(target.remaining(), left.remaining());
          target.put(left.slice(left.position(), size));
          left.position(left.position() + size);
          return size == 0 ? -1 : size;
        });
    return TreeFile.open(disk, TARGET, TreeFileConfig.standard());
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void theMergedStoreIsTheWholeOne(long seed) throws IOException {
    try (var world = new World(seed)) {
      for (int i = 0; i < 150; i++) {
        world.step();
        if (world.random.nextInt(40) == 0) {
          world.compact();
        }
      }
      try (TreeFile file = restored(world.merged())) {
        assertThat(MvccCheck.check(file)).as("seed " + seed).isEmpty();
        MvccStore store = MvccStore.open(file);
        same(seed, store, world.whole.store());
        goOn(world, store);
        assertThat(MvccCheck.check(file)).as("seed " + seed).isEmpty();
        same(seed, store, world.whole.store());
      }
    }
  }

  private static void same(long seed, MvccStore store, MvccStore whole) {
    assertThat(store.revision()).isEqualTo(whole.revision());
    assertThat(store.compactRevision()).isEqualTo(whole.compactRevision());
    long oldest = Math.max(1, whole.compactRevision());
    for (long revision = oldest; revision <= whole.revision(); revision++) {
      assertThat(range(store, revision))
          .as("seed %d at %d", seed, revision)
          .isEqualTo(range(whole, revision));
    }
    assertThat(store.count(KeyRange.ALL, store.revision()))
        .isEqualTo(whole.count(KeyRange.ALL, whole.revision()));
    assertThat(store.keysOfLease(1)).isEqualTo(whole.keysOfLease(1));
    assertThat(history(store, oldest)).as("seed " + seed).isEqualTo(history(whole, oldest));
  }

  private static List<String> range(MvccStore store, long revision) {
    List<String> pairs = new ArrayList<>();
    RangeScan scan = store.scan(KeyRange.ALL, revision);
    while (scan.next()) {
      pairs.add(TestStore.text(scan.keyValue()));
    }
    return pairs;
  }

  private static List<String> history(MvccStore store, long from) {
    List<String> changes = new ArrayList<>();
    HistoryScan scan = store.history(from, Long.MAX_VALUE);
    while (scan.next()) {
      String place = scan.revision() + "." + scan.subRevision();
      changes.add(place + " " + scan.key() + (scan.tombstone() ? " gone" : ""));
    }
    return changes;
  }

  /// Both take the same changes, and a compaction that has to find what the stores left behind.
  private static void goOn(World world, MvccStore store) {
    MvccStore whole = world.whole.store();
    for (int i = 0; i < 40; i++) {
      Key key = world.key(world.random.nextInt(3));
      for (MvccStore each : List.of(store, whole)) {
        MvccWriter writer = each.begin(each.revision() + 1);
        writer.put(key, new byte[] {(byte) i}, 0);
        writer.seal();
      }
    }
    for (MvccStore each : List.of(store, whole)) {
      each.startCompaction(each.revision() - 5);
      while (each.compactStep(50)) {
        // to the end
      }
    }
  }

  @Test
  void storesWithTheSameKeyAreNotMerged() {
    try (var one = new TestStore();
        var other = new TestStore()) {
      one.put("k", "1");
      other.put("k", "2");
      var writer =
          StoreCopy.merge(StoreCopy.open(one.file()), List.of(StoreCopy.open(other.file())), 2);
      try (writer) {
        assertThatThrownBy(writer::totalBytes).isInstanceOf(InvariantViolation.class);
      }
    }
  }

  @Test
  void storesOfDifferentCompactionsAreNotMerged() {
    try (var one = new TestStore();
        var other = new TestStore()) {
      one.put("a", "1");
      one.compact(2);
      other.put("b", "2");
      try (var first = StoreCopy.open(one.file());
          var second = StoreCopy.open(other.file())) {
        assertThatThrownBy(() -> StoreCopy.merge(first, List.of(second), 2))
            .isInstanceOf(InvariantViolation.class);
      }
    }
  }
}
