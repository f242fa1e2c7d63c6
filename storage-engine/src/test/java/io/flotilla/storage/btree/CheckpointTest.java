package io.flotilla.storage.btree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.storage.check.CheckReport;
import io.flotilla.storage.check.TreeCheck;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Random;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Checkpoints, views and the room they take.
class CheckpointTest {
  private static final Path DIRECTORY = Path.of("/data");
  private static final Path FILE = DIRECTORY.resolve("db");
  private static final int PAGE = 4096;

  private final TreeFileConfig config = new TreeFileConfig(PAGE, 16 * PAGE);
  private final SimDisk disk = new SimDisk();
  private TreeFile file;
  private BTree tree;

  @BeforeEach
  void open() throws IOException {
    disk.createDirectories(DIRECTORY);
    file = TreeFile.open(disk, FILE, config);
    tree = file.tree("t");
  }

  @AfterEach
  void fileIsSound() throws IOException {
    file.close();
    assertThat(TreeCheck.verify(disk, FILE).problems()).isEmpty();
  }

  @Test
  void ascendingKeysFillPagesCompletely() throws IOException {
    byte[] value = new byte[40];
    for (int i = 0; i < 20_000; i++) {
      tree.put(key(i), value, value.length, true);
    }
    file.checkpoint();
    CheckReport report = TreeCheck.verify(disk, FILE);
    var stats = report.trees().getFirst();
    double filled = (double) stats.leafBytes() / (stats.leafPages() * (PAGE - 24));
    assertThat(filled).isGreaterThan(0.98);
    assertThat(stats.branchPages()).isLessThan(stats.leafPages() / 100 + 3);
    assertThat(stats.entries()).isEqualTo(20_000);
  }

  @Test
  void churnDoesNotGrowTheFile() throws IOException {
    fill(5_000);
    file.checkpoint();
    file.checkpoint();
    Random random = new Random(7);
    long settled = 0;
    for (int round = 0; round < 60; round++) {
      for (int i = 0; i < 200; i++) {
        put(random.nextInt(5_000), 100);
        byte[] large = new byte[random.nextInt(20_000)];
        tree.put(key(1_000_000 + random.nextInt(20)), large, large.length, false);
      }
      file.checkpoint();
      if (round == 20) {
        settled = file.fileBytes();
      }
    }
    assertThat(file.fileBytes()).isLessThanOrEqualTo(settled + settled / 5);
  }

  @Test
  void aLongViewHoldsOnlyWhatItSees() throws IOException {
    fill(2_000);
    file.checkpoint();
    try (ReadView view = file.openView()) {
      Random random = new Random(7);
      long settled = 0;
      for (int round = 0; round < 60; round++) {
        for (int i = 0; i < 2_000; i++) {
          put(random.nextInt(2_000), 100);
        }
        file.checkpoint();
        settled = round == 10 ? file.fileBytes() : settled;
      }
      assertThat(file.fileBytes()).isLessThanOrEqualTo(settled + 16 * PAGE);
      assertThat(view.tree("t").size()).isEqualTo(2_000);
      Cursor cursor = view.tree("t").cursor();
      assertThat(cursor.seekExact(key(77))).isTrue();
      assertThat(cursor.valueLength()).isEqualTo(50);
    }
  }

  @Test
  void relocationShrinksTheFileToWhatIsUsed() throws IOException {
    fill(20_000);
    byte[] large = new byte[30_000];
    for (int i = 0; i < 20; i++) {
      tree.put(key(100_000 + i), large, large.length, true);
    }
    file.checkpoint();
    long before = file.fileBytes();
    for (int i = 0; i < 20_000; i++) {
      if (i % 20 != 0) {
        tree.delete(key(i));
      }
    }
    file.checkpoint();
    file.checkpoint();
    int steps = 0;
    int idle = 0;
    while (idle < 2) {
      idle = file.relocate(20) == 0 ? idle + 1 : 0;
      file.checkpoint();
      assertThat(++steps).isLessThan(500);
    }
    assertThat(before).isGreaterThan(2 * file.usedBytes());
    assertThat(file.fileBytes()).isLessThan(file.usedBytes() + 40 * PAGE);
    assertThat(disk.bytes(FILE)).hasSize((int) file.fileBytes());
    assertThat(tree.size()).isEqualTo(1_020);
    Cursor cursor = tree.cursor();
    assertThat(cursor.seekExact(key(100_007))).isTrue();
    assertThat(cursor.value()).isEqualTo(large);
  }

  @Test
  void aViewStaysTheSameOnAnotherThread() throws Exception {
    fill(3_000);
    file.checkpoint();
    for (int i = 0; i < 3_000; i += 3) {
      put(i, 60);
    }
    ReadView view = file.openView();
    long expected = sum(view.tree("t"));
    AtomicBoolean stop = new AtomicBoolean();
    AtomicReference<String> failure = new AtomicReference<>("");
    Thread reader =
        Thread.ofPlatform()
            .start(
                () -> {
                  int rounds = 0;
                  while (!stop.get() || rounds < 3) {
                    long sum = sum(view.tree("t"));
                    if (sum != expected) {
                      failure.set("round " + rounds + ": " + sum + " != " + expected);
                    }
                    rounds++;
                  }
                  view.close();
                });
    Random random = new Random(3);
    for (int round = 0; round < 40; round++) {
      for (int i = 0; i < 500; i++) {
        if (random.nextInt(3) == 0) {
          tree.delete(key(random.nextInt(3_000)));
        } else {
          put(random.nextInt(6_000), random.nextInt(3_000));
        }
      }
      file.checkpoint();
    }
    stop.set(true);
    reader.join();
    assertThat(failure.get()).isEmpty();
    assertThat(sum(tree)).isNotEqualTo(expected);
  }

  @Test
  void writesGoOnWhileACheckpointRuns() throws Exception {
    fill(2_000);
    for (int round = 0; round < 10; round++) {
      Checkpoint checkpoint = file.beginCheckpoint();
      long size = tree.size();
      AtomicReference<Throwable> failure = new AtomicReference<>();
      Thread storage =
          Thread.ofPlatform()
              .start(
                  () -> {
                    try {
                      checkpoint.run();
                    } catch (IOException | RuntimeException | Error e) {
                      failure.set(e);
                    }
                  });
      for (int i = 0; i < 500; i++) {
        put(2_000 + round * 500 + i, 300);
        put(i, 200 + round);
      }
      storage.join();
      assertThat(failure.get()).isNull();
      file.endCheckpoint(checkpoint);
      try (TreeFile reopened = TreeFile.open(disk.kill(), FILE, config)) {
        assertThat(reopened.tree("t").size()).isEqualTo(size);
      }
    }
    assertThat(tree.size()).isEqualTo(7_000);
  }

  @Test
  void aFullDiskLosesNothingAndTheNextCheckpointWritesIt() throws IOException {
    fill(1_000);
    file.checkpoint();
    put(1, 77);
    disk.capacityBytes(file.fileBytes() + PAGE);
    fill(3_000);
    Checkpoint failed = file.beginCheckpoint();
    put(2, 78);
    assertThatThrownBy(failed::run).isInstanceOf(IOException.class);
    file.abandonCheckpoint(failed);
    long dirty = file.dirtyBytes();
    assertThat(dirty).isGreaterThan(40L * PAGE);
    put(3, 79);
    disk.capacityBytes(Long.MAX_VALUE);
    file.checkpoint();
    assertThat(file.dirtyBytes()).isZero();
    file.close();
    assertThat(TreeCheck.verify(disk, FILE).problems()).isEmpty();
    file = TreeFile.open(disk, FILE, config);
    tree = file.tree("t");
    assertThat(tree.size()).isEqualTo(3_000);
    Cursor cursor = tree.cursor();
    assertThat(cursor.seekExact(key(2))).isTrue();
    assertThat(cursor.valueLength()).isEqualTo(78);
  }

  @Test
  void aFailedForceIsFinal() throws IOException {
    fill(100);
    file.checkpoint();
    put(1, 77);
    disk.failForce(FILE::equals);
    Checkpoint failed = file.beginCheckpoint();
    assertThatThrownBy(failed::run).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> file.abandonCheckpoint(failed))
        .isInstanceOf(IllegalStateException.class);
    disk.failForce(_ -> false);
  }

  @Test
  void bytesAreCountedExactly() throws IOException {
    assertThat(file.usedBytes()).isEqualTo(2 * PAGE);
    assertThat(file.fileBytes()).isEqualTo(2 * PAGE);
    tree.put(key(1), new byte[10], 10, true);
    assertThat(file.dirtyBytes()).isEqualTo(PAGE);
    tree.put(key(2), new byte[3 * PAGE], 3 * PAGE, true);
    assertThat(file.dirtyBytes()).isEqualTo(5 * PAGE);
    assertThat(file.usedBytes()).isEqualTo(7 * PAGE);
    tree.delete(key(2));
    assertThat(file.dirtyBytes()).isEqualTo(PAGE);
    Checkpoint checkpoint = file.beginCheckpoint();
    assertThat(checkpoint.bytes()).isEqualTo(PAGE);
    assertThat(file.dirtyBytes()).isEqualTo(PAGE);
    put(3, 10);
    assertThat(file.dirtyBytes()).isEqualTo(2 * PAGE);
    checkpoint.run();
    file.endCheckpoint(checkpoint);
    assertThat(file.dirtyBytes()).isEqualTo(PAGE);
    assertThat(file.fileBytes()).isEqualTo(disk.bytes(FILE).length);
  }

  @Test
  void aViewOutlivesItsFile() throws IOException {
    fill(500);
    ReadView view = file.openView();
    file.checkpoint();
    file.close();
    assertThat(view.tree("t").size()).isEqualTo(500);
    assertThat(sum(view.tree("t"))).isNotZero();
    assertThat(view.tree("other").size()).isZero();
    Cursor cursor = view.tree("t").cursor();
    view.close();
    assertThatThrownBy(cursor::first).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void closingWaitsForNothingAndBreaksNoRunningCheckpoint() throws Exception {
    fill(5_000);
    Checkpoint checkpoint = file.beginCheckpoint();
    CountDownLatch forcing = new CountDownLatch(1);
    CountDownLatch closed = new CountDownLatch(1);
    AtomicReference<Throwable> failure = new AtomicReference<>();
    disk.beforeForce(
        _ -> {
          forcing.countDown();
          try {
            closed.await();
          } catch (InterruptedException e) {
            failure.set(e);
          }
        });
    Thread storage =
        Thread.ofPlatform()
            .start(
                () -> {
                  try {
                    checkpoint.run();
                  } catch (IOException | RuntimeException | Error e) {
                    failure.set(e);
                  }
                });
    forcing.await();
    file.close();
    closed.countDown();
    storage.join();
    assertThat(failure.get()).isNull();
    file = TreeFile.open(disk, FILE, config);
    assertThat(file.tree("t").size()).isEqualTo(5_000);
    Checkpoint late = file.beginCheckpoint();
    file.close();
    assertThatThrownBy(late::run).isInstanceOf(IOException.class);
  }

  @Test
  void treesOfOneFileAreApart() throws IOException {
    fill(10);
    BTree other = file.tree("other");
    other.put(key(3), new byte[1], 1, true);
    file.checkpoint();
    file.close();
    file = TreeFile.open(disk, FILE, config);
    assertThat(file.treeNames()).containsExactlyInAnyOrder("t", "other");
    assertThat(file.tree("other").size()).isEqualTo(1);
    assertThat(file.tree("t").size()).isEqualTo(10);
    assertThat(file.tree("t")).isSameAs(file.tree("t"));
  }

  private void fill(int count) {
    for (int i = 0; i < count; i++) {
      put(i, 50);
    }
  }

  private void put(int number, int valueBytes) {
    tree.put(key(number), new byte[valueBytes], valueBytes, true);
  }

  private static byte[] key(int number) {
    return ByteBuffer.allocate(20).putInt(16, number).array();
  }

  private static long sum(BTree tree) {
    long sum = 0;
    Cursor cursor = tree.cursor();
    for (boolean more = cursor.first(); more; more = cursor.next()) {
      sum = sum * 31 + cursor.valueLength() + cursor.key()[19];
    }
    return sum;
  }
}
