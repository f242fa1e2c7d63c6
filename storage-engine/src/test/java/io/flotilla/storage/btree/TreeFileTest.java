package io.flotilla.storage.btree;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.storage.check.TreeCheck;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// The tree file against a sorted map: random changes, checkpoints, reopening, views that stay.
class TreeFileTest {
  private static final Path DIRECTORY = Path.of("/data");
  private static final Path FILE = DIRECTORY.resolve("db");

  static LongStream seeds() {
    return Seeds.of(6);
  }

  /// A view and what it must show.
  private record Held(ReadView view, TreeModel model) {}

  @ParameterizedTest
  @MethodSource("seeds")
  void behavesAsASortedMap(long seed) throws IOException {
    Random random = Seeds.random(seed);
    int pageBytes = 4096 << random.nextInt(3);
    var config = new TreeFileConfig(pageBytes, 16L * pageBytes);
    SimDisk disk = new SimDisk();
    disk.createDirectories(DIRECTORY);
    var bytes = new Bytes(random, random.nextInt(3) == 0 ? 150_000 : 3000, 200_000);
    TreeFile file = TreeFile.open(disk, FILE, config);
    TreeModel model = new TreeModel();
    List<Held> held = new ArrayList<>();
    int deletePercent = 20 + random.nextInt(50);
    for (int step = 0; step < 3000; step++) {
      BTree tree = file.tree("t");
      int choice = random.nextInt(1000);
      if (choice < 970) {
        if (random.nextInt(100) < deletePercent) {
          model.delete(tree, bytes.key());
        } else {
          model.put(tree, bytes.key(), bytes.value(), random.nextInt(4) != 0);
        }
      } else if (choice < 980) {
        Cursor cursor = tree.cursor();
        for (int i = 0; i < 10; i++) {
          model.checkAround(tree, cursor, bytes.key(), bytes.key());
        }
      } else if (choice < 988) {
        file.checkpoint();
      } else if (choice < 992) {
        held.add(new Held(file.openView(), model.copy()));
      } else if (choice < 995) {
        release(held, random);
      } else if (choice < 998) {
        file.relocate(1 + random.nextInt(50));
      } else {
        closeAll(held);
        file.checkpoint();
        file.close();
        checkSound(disk);
        file = TreeFile.open(disk, FILE, config);
        model.checkAll(file.tree("t"));
        assertThat(file.dirtyBytes()).isZero();
      }
    }
    model.checkAll(file.tree("t"));
    closeAll(held);
    for (byte[] key : model.keys()) {
      model.delete(file.tree("t"), key);
    }
    file.checkpoint();
    // The meta pages, the directory and the free map are all that an empty tree needs.
    assertThat(file.usedBytes()).isLessThanOrEqualTo(4L * pageBytes);
    file.close();
    checkSound(disk);
  }

  private static void release(List<Held> held, Random random) {
    if (!held.isEmpty()) {
      Held one = held.remove(random.nextInt(held.size()));
      one.model().checkAll(one.view().tree("t"));
      one.view().close();
    }
  }

  private static void closeAll(List<Held> held) {
    for (Held one : held) {
      one.model().checkAll(one.view().tree("t"));
      one.view().close();
    }
    held.clear();
  }

  private static void checkSound(SimDisk disk) throws IOException {
    assertThat(TreeCheck.verify(disk, FILE).problems()).isEmpty();
  }
}
