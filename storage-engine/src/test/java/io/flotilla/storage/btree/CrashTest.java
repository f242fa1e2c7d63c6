package io.flotilla.storage.btree;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.storage.check.TreeCheck;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The power goes at every write and at every force of a workload, any subset of what was not
/// forced is lost: the file comes back as the last finished checkpoint, or the one that was
/// running.
class CrashTest {
  private static final Path DIRECTORY = Path.of("/data");
  private static final Path FILE = DIRECTORY.resolve("db");
  private static final TreeFileConfig CONFIG = new TreeFileConfig(4096, 8 * 4096);

  static LongStream seeds() {
    return Seeds.of(3);
  }

  /// Changes and checkpoints of one seed, up to the moment at which the disk stops.
  private static final class Workload {
    private final Random random;
    private final Bytes bytes;
    private final TreeModel live;
    private TreeModel durable;
    private TreeModel running;

    Workload(long seed, TreeModel start) {
      random = Seeds.random(seed);
      bytes = new Bytes(random, 2000, 20_000);
      live = start;
      durable = start.copy();
      running = durable;
    }

    void run(SimDisk disk, int rounds) throws IOException {
      try (TreeFile file = TreeFile.open(disk, FILE, CONFIG)) {
        for (int round = 0; round < rounds; round++) {
          change(file, random.nextInt(120));
          if (random.nextInt(3) == 0) {
            file.relocate(1 + random.nextInt(30));
          }
          running = live.copy();
          Checkpoint checkpoint = file.beginCheckpoint();
          change(file, random.nextInt(60));
          checkpoint.run();
          durable = running;
          file.endCheckpoint(checkpoint);
        }
      }
    }

    private void change(TreeFile file, int count) {
      BTree tree = file.tree("t");
      boolean shrinks = random.nextInt(3) == 0;
      for (int i = 0; i < count; i++) {
        if (random.nextInt(10) < (shrinks ? 8 : 3)) {
          byte[] key = bytes.key();
          Cursor cursor = tree.cursor();
          live.delete(tree, cursor.seek(key) ? cursor.key() : key);
        } else {
          live.put(tree, bytes.key(), bytes.value(), random.nextBoolean());
        }
      }
    }

    /// The file must hold one of the two states; returns which.
    TreeModel check(TreeFile file) {
      BTree tree = file.tree("t");
      try {
        durable.checkAll(tree);
        return durable;
      } catch (AssertionError notTheDurableState) {
        running.checkAll(tree);
        return running;
      }
    }
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void everyCrashLeavesTheLastOrTheRunningCheckpoint(long seed) throws IOException {
    SimDisk whole = disk();
    new Workload(seed, new TreeModel()).run(whole, 12);
    long operations = whole.operations();
    assertThat(operations).isGreaterThan(60);
    Random random = Seeds.random(seed + 1);
    for (long stop = 1; stop <= operations; stop++) {
      SimDisk disk = disk();
      disk.stopAt(disk.operations() + stop);
      Workload workload = new Workload(seed, new TreeModel());
      try {
        workload.run(disk, 12);
      } catch (IOException powerWentOff) {
        assertThat(disk.operations()).isGreaterThanOrEqualTo(stop);
      }
      for (int outcome = 0; outcome < 2; outcome++) {
        SimDisk after = disk.crash(random);
        after.createDirectories(DIRECTORY);
        checkAndGoOn(after, workload, seed + stop);
      }
    }
  }

  private static void checkAndGoOn(SimDisk disk, Workload workload, long seed) throws IOException {
    TreeModel found;
    try (TreeFile file = TreeFile.open(disk, FILE, CONFIG)) {
      found = workload.check(file);
    }
    assertThat(TreeCheck.verify(disk, FILE).problems()).isEmpty();
    Workload next = new Workload(seed, found.copy());
    next.run(disk, 2);
    try (TreeFile file = TreeFile.open(disk, FILE, CONFIG)) {
      next.durable.checkAll(file.tree("t"));
    }
    assertThat(TreeCheck.verify(disk, FILE).problems()).isEmpty();
  }

  private static SimDisk disk() throws IOException {
    SimDisk disk = new SimDisk();
    disk.createDirectories(DIRECTORY);
    disk.forceDirectory(DIRECTORY.getParent());
    return disk;
  }
}
