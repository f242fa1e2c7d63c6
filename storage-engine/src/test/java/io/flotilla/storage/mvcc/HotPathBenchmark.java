package io.flotilla.storage.mvcc;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.port.Disk;
import io.flotilla.storage.btree.Checkpoint;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.NioDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.function.IntConsumer;

/// What one put, get and scanned key cost the owner thread, with what a storage thread does for
/// checkpoints counted apart. Run by hand: `HotPathBenchmark [keys] [rounds] [directory]`.
///
/// Prints processor time of this thread in nanoseconds per operation: the owner's as the median of
/// all rounds but the first, which warms up, and for each round; that of checkpoints as the mean,
/// since not every round has one.
public final class HotPathBenchmark {
  private static final byte[] KEY = "/registry/item/000000000".getBytes(StandardCharsets.UTF_8);
  private static final int VALUE_BYTES = 256;
  private static final int OPERATIONS = 200_000;
  private static final int SCANNED = 100_000;
  private static final long CHECKPOINT_DIRTY_BYTES = 256L << 20; // as a node has it
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  /// The operations of a round, in order.
  private enum Work {
    PUT_NEAR("put, existing keys in order"),
    PUT("put, random existing keys"),
    GET("get, random keys"),
    META("meta, random keys"),
    SCAN("range with values, per key");

    final String label;

    Work(String label) {
      this.label = label;
    }
  }

  private final TreeFile file;
  private final MvccStore store;
  private final int keys;
  private final int rounds;
  private final byte[] value = new byte[VALUE_BYTES];
  private final Random random = new Random(1);
  private final double[][] owner;
  private final double[][] storage;
  private long storageNanos;
  private long sink;

  private HotPathBenchmark(TreeFile file, int keys, int rounds) {
    this.file = file;
    this.store = MvccStore.open(file);
    this.keys = keys;
    this.rounds = rounds;
    this.owner = new double[Work.values().length][rounds];
    this.storage = new double[Work.values().length][rounds];
    random.nextBytes(value);
  }

  /// Arguments: number of keys, rounds, directory for the file.
  public static void main(String[] args) throws IOException {
    int keys = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
    int rounds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
    Path parent = Path.of(args.length > 2 ? args[2] : System.getProperty("java.io.tmpdir"));
    Path directory = Files.createTempDirectory(parent, "hotpath");
    Path path = directory.resolve("db");
    Disk disk = new NioDisk();
    try (TreeFile file = TreeFile.open(disk, path, TreeFileConfig.standard())) {
      new HotPathBenchmark(file, keys, rounds).run();
    } finally {
      disk.delete(path);
      Files.delete(directory);
    }
  }

  private void run() {
    for (int i = 0; i < keys; i++) {
      put(i);
    }
    checkpoint();
    for (int round = 0; round < rounds; round++) {
      int start = random.nextInt(keys);
      measure(Work.PUT_NEAR, round, OPERATIONS, i -> put((start + i) % keys));
      measure(Work.PUT, round, OPERATIONS, _ -> put(random.nextInt(keys)));
      measure(Work.GET, round, OPERATIONS, _ -> get());
      measure(Work.META, round, OPERATIONS, _ -> meta());
      measure(Work.SCAN, round, SCANNED, scanner());
    }
    for (Work work : Work.values()) {
      System.out.printf(
          Locale.ROOT,
          "%-30s owner %,7.0f ns   checkpoints %,7.0f ns   rounds %s%n",
          work.label,
          median(owner[work.ordinal()]),
          Arrays.stream(warm(storage[work.ordinal()])).average().orElseThrow(),
          Arrays.toString(Arrays.stream(owner[work.ordinal()]).mapToLong(Math::round).toArray()));
    }
    System.out.println("file MiB " + (file.fileBytes() >> 20) + ", sink " + sink);
  }

  private double[] warm(double[] perRound) {
    return Arrays.copyOfRange(perRound, Math.min(1, rounds - 1), rounds);
  }

  private double median(double[] perRound) {
    double[] sorted = warm(perRound);
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }

  private void measure(Work work, int round, int count, IntConsumer one) {
    storageNanos = 0;
    long start = THREADS.getCurrentThreadCpuTime();
    for (int i = 0; i < count; i++) {
      one.accept(i);
    }
    long nanos = THREADS.getCurrentThreadCpuTime() - start - storageNanos;
    owner[work.ordinal()][round] = (double) nanos / count;
    storage[work.ordinal()][round] = (double) storageNanos / count;
  }

  private Key key(int number) {
    byte[] bytes = KEY.clone();
    for (int i = bytes.length - 1, rest = number; rest > 0; i--, rest /= 10) {
      bytes[i] += (byte) (rest % 10);
    }
    return Key.of(bytes);
  }

  private void put(int number) {
    MvccWriter writer = store.begin(store.revision() + 1);
    writer.put(key(number), value, 0);
    writer.seal();
    if ((store.revision() & 255) == 0 && file.dirtyBytes() > CHECKPOINT_DIRTY_BYTES) {
      checkpoint();
    }
  }

  private void checkpoint() {
    Checkpoint checkpoint = file.beginCheckpoint();
    long start = THREADS.getCurrentThreadCpuTime();
    try {
      checkpoint.run();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    storageNanos += THREADS.getCurrentThreadCpuTime() - start;
    file.endCheckpoint(checkpoint);
  }

  private void get() {
    KeyValue pair = store.get(key(random.nextInt(keys)), store.revision());
    sink += pair == null ? 0 : pair.version();
  }

  private void meta() {
    KeyMeta meta = store.meta(key(random.nextInt(keys)));
    sink += meta == null ? 0 : meta.version();
  }

  private IntConsumer scanner() {
    Key from = key(random.nextInt(Math.max(1, keys - SCANNED)));
    RangeScan scan = store.scan(KeyRange.from(from), store.revision());
    byte[] to = new byte[VALUE_BYTES];
    return _ -> {
      if (scan.next()) {
        scan.copyValue(0, to, 0, scan.valueLength());
        sink += scan.version() + to[1];
      }
    };
  }
}
