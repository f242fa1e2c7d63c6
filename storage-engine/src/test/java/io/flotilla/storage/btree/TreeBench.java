package io.flotilla.storage.btree;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.storage.file.NioDisk;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.function.IntConsumer;

/// Prints what single operations cost in CPU time, for `docs/performance.md`. Run by hand:
/// `java -cp ... io.flotilla.storage.btree.TreeBench [directory] [keys]`.
public final class TreeBench {
  private static final int KEY_BYTES = 20;
  private static final int VALUE_BYTES = 48;

  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private final int keys;
  private final byte[] key = new byte[KEY_BYTES];
  private final byte[] value = new byte[VALUE_BYTES];
  private final ByteBuffer keyNumber = ByteBuffer.wrap(key);
  private final Random random = new Random(1);
  private long sink;

  private TreeBench(int keys) {
    this.keys = keys;
  }

  public static void main(String[] args) throws IOException {
    Path directory = args.length > 0 ? Path.of(args[0]) : Files.createTempDirectory("treebench");
    int keys = args.length > 1 ? Integer.parseInt(args[1]) : 1_000_000;
    Path path = directory.resolve("db");
    Files.deleteIfExists(path);
    new TreeBench(keys).run(path);
    Files.deleteIfExists(path);
  }

  private void run(Path path) throws IOException {
    var disk = new NioDisk();
    try (TreeFile file = TreeFile.open(disk, path, TreeFileConfig.standard())) {
      BTree tree = file.tree("t");
      measure("append in order", keys, i -> put(file.tree("ordered"), i));
      measure("load in random order", keys, i -> put(tree, scatter(i)));
      checkpoint(file);
      for (int round = 1; round <= 3; round++) {
        System.out.println("round " + round);
        Cursor cursor = tree.cursor();
        measure("seek at random", keys, _ -> sink += seek(cursor, random.nextInt(keys)));
        measure("scan of the whole tree", 1, _ -> scan(tree));
        measure("count a random range", 100_000, _ -> count(tree));
        measure("update at random, clean pages first", keys, _ -> put(tree, random.nextInt(keys)));
        measure("update at random, dirty pages", keys, _ -> put(tree, random.nextInt(keys)));
        measure("update near keys, dirty pages", keys, i -> put(tree, scatter(i / 8)));
        measure("delete and put back at random", keys / 2, _ -> deleteAndPut(tree));
        checkpoint(file);
      }
    }
    for (int i = 0; i < 3; i++) {
      long start = now();
      try (TreeFile file = TreeFile.open(disk, path, TreeFileConfig.standard())) {
        sink += seek(file.tree("t").cursor(), 77) + file.tree("t").size();
      }
      System.out.printf("open and first seek %.2f ms%n", (now() - start) / 1e6);
    }
    System.out.println("file bytes " + Files.size(path) + ", sink " + sink);
  }

  private void measure(String name, int count, IntConsumer work) {
    long start = now();
    for (int i = 0; i < count; i++) {
      work.accept(i);
    }
    double nanos = now() - start;
    System.out.printf("  %-50s %,10.0f ns each%n", name, nanos / count);
  }

  private static void checkpoint(TreeFile file) throws IOException {
    long start = now();
    Checkpoint checkpoint = file.beginCheckpoint();
    long begun = now();
    checkpoint.run();
    long ran = now();
    file.endCheckpoint(checkpoint);
    long ended = now();
    System.out.printf(
        "  checkpoint of %,d bytes: begin %.2f ms, run %.0f ms, end %.2f ms, file %,d%n",
        checkpoint.bytes(),
        (begun - start) / 1e6,
        (ran - begun) / 1e6,
        (ended - ran) / 1e6,
        file.fileBytes());
  }

  /// CPU time of this thread: what others do on the machine does not count.
  private static long now() {
    return THREADS.getCurrentThreadCpuTime();
  }

  /// A fixed permutation of the key numbers.
  private int scatter(int i) {
    return (int) (i * 2_654_435_761L % keys);
  }

  private void setKey(int number) {
    keyNumber.putLong(4, 0x2f72656769737472L).putInt(16, number);
  }

  private void put(BTree tree, int number) {
    setKey(number);
    tree.put(key, value, VALUE_BYTES, true);
  }

  private void deleteAndPut(BTree tree) {
    int number = random.nextInt(keys);
    setKey(number);
    tree.delete(key);
    tree.put(key, value, VALUE_BYTES, true);
  }

  private int seek(Cursor cursor, int number) {
    setKey(number);
    return cursor.seek(key) ? cursor.valueLength() : 0;
  }

  private void scan(BTree tree) {
    Cursor cursor = tree.cursor();
    for (boolean more = cursor.first(); more; more = cursor.next()) {
      sink += cursor.keyLength() + cursor.valueByte(0);
    }
  }

  private void count(BTree tree) {
    setKey(random.nextInt(keys));
    sink += tree.count(KeyRange.from(Key.of(key)));
  }
}
