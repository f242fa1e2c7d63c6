package io.flotilla.storage.mvcc;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.port.Disk;
import io.flotilla.storage.backup.SnapshotWriter;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.NioDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.function.IntConsumer;

/// Rates of one store on a real disk. Run by hand: `MvccBenchmark [keys] [value bytes]`, a million
/// keys of 256 bytes unless told otherwise. Times are processor time of the one thread, so that a
/// busy machine does not show in them; checkpoints run in line, and their writing is included.
public final class MvccBenchmark {
  private static final byte[] KEY = "/registry/item/000000000".getBytes(StandardCharsets.UTF_8);
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();
  private static final long CHECKPOINT_DIRTY_BYTES = 64L << 20;

  private final int keys;
  private final byte[] value;
  private final TreeFile file;
  private final MvccStore store;
  private final Random random = new Random(1);
  private long checkpoints;
  private long sink;

  private MvccBenchmark(TreeFile file, int keys, int valueBytes) {
    this.file = file;
    this.keys = keys;
    this.value = new byte[valueBytes];
    this.store = MvccStore.open(file);
    random.nextBytes(value);
  }

  /// Arguments: number of keys, bytes of each value.
  public static void main(String[] args) throws IOException {
    int keys = args.length > 0 ? Integer.parseInt(args[0]) : 1_000_000;
    int valueBytes = args.length > 1 ? Integer.parseInt(args[1]) : 256;
    Path directory = Files.createTempDirectory("mvcc-benchmark");
    Path path = directory.resolve("db");
    Disk disk = new NioDisk();
    try (TreeFile file = TreeFile.open(disk, path, TreeFileConfig.standard())) {
      new MvccBenchmark(file, keys, valueBytes).run();
    } finally {
      long start = THREADS.getCurrentThreadCpuTime();
      try (TreeFile file = TreeFile.open(disk, path, TreeFileConfig.standard())) {
        MvccStore store = MvccStore.open(file);
        report("open", 1, start);
        System.out.println("revision " + store.revision() + ", keys " + store.keyCount());
      }
      disk.delete(path);
      Files.delete(directory);
    }
  }

  private void run() {
    measure("put, new keys in order", keys, this::put);
    measure("get, random", keys / 2, _ -> get(store.revision()));
    measureWhole("range of 100 k keys", 100_000, () -> range(newest(), true));
    measureWhole("range of 100 k keys only", 100_000, () -> range(newest(), false));
    measure("put, random existing keys", keys / 2, _ -> put(random.nextInt(keys)));
    long middle = keys + 2L;
    measure("get at an older revision", keys / 4, _ -> get(middle));
    measureWhole("range of 100 k keys, older", 100_000, () -> range(middle, true));
    measure("count of all, now", 1000, _ -> sink += store.count(KeyRange.ALL, store.revision()));
    measureWhole("history of everything", keys + keys / 2, this::history);
    measureWhole("hash of everything", keys + keys / 2, this::hash);
    measureWhole("snapshot of everything", keys + keys / 2, this::snapshot);
    long to = store.revision();
    store.startCompaction(to);
    measureWhole("compaction", keys + keys / 2, this::compact);
    checkpoint();
    System.out.println(
        "checkpoints %d, file %d MiB, used %d MiB, sink %d"
            .formatted(checkpoints, file.fileBytes() >> 20, file.usedBytes() >> 20, sink));
  }

  private void measure(String name, int count, IntConsumer one) {
    long start = THREADS.getCurrentThreadCpuTime();
    for (int i = 0; i < count; i++) {
      one.accept(i);
    }
    report(name, count, start);
  }

  private void measureWhole(String name, int count, Runnable all) {
    long start = THREADS.getCurrentThreadCpuTime();
    all.run();
    report(name, count, start);
  }

  private static void report(String name, int count, long start) {
    double seconds = (THREADS.getCurrentThreadCpuTime() - start) / 1e9;
    String line = "%-34s %9d in %7.3f s  %,12.0f /s";
    System.out.println(String.format(Locale.ROOT, line, name, count, seconds, count / seconds));
  }

  private long newest() {
    return store.revision();
  }

  private Key key(int number) {
    byte[] bytes = Arrays.copyOf(KEY, KEY.length);
    int rest = number;
    for (int i = bytes.length - 1; rest > 0; i--) {
      bytes[i] += (byte) (rest % 10);
      rest /= 10;
    }
    return Key.of(bytes);
  }

  private void put(int number) {
    MvccWriter writer = store.begin(store.revision() + 1);
    writer.put(key(number), value, 0);
    writer.seal();
    if (number % 256 == 0 && file.dirtyBytes() > CHECKPOINT_DIRTY_BYTES) {
      checkpoint();
    }
  }

  private void checkpoint() {
    try {
      file.checkpoint();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    checkpoints++;
  }

  private void get(long at) {
    KeyValue pair = store.get(key(random.nextInt(keys)), at);
    sink += pair == null ? 0 : pair.version();
  }

  private void range(long at, boolean values) {
    RangeScan scan = store.scan(KeyRange.from(key(keys / 3)), at);
    byte[] to = new byte[value.length];
    for (int i = 0; i < 100_000 && scan.next(); i++) {
      if (values) {
        scan.copyValue(0, to, 0, scan.valueLength());
      }
      sink += scan.version() + to[i % to.length];
    }
  }

  private void history() {
    HistoryScan scan = store.history(0, Long.MAX_VALUE);
    while (scan.next()) {
      sink += scan.version() + scan.keyLength();
    }
  }

  private void hash() {
    try (HashRun run = store.openHash(0)) {
      boolean more = true;
      while (more) {
        more = run.step(10_000);
      }
      sink += run.result().hash();
    }
  }

  private void snapshot() {
    try (SnapshotWriter writer = SnapshotWriter.open(file, store.revision())) {
      ByteBuffer chunk = ByteBuffer.allocate(32 * 1024);
      while (writer.nextChunk(chunk)) {
        sink += chunk.flip().get(0);
        chunk.clear();
      }
      System.out.println("snapshot " + (writer.totalBytes() >> 20) + " MiB");
    }
  }

  private void compact() {
    boolean more = true;
    while (more) {
      more = store.compactStep(1000);
      if (file.dirtyBytes() > CHECKPOINT_DIRTY_BYTES) {
        checkpoint();
      }
    }
  }
}
