package io.flotilla.storage.wal;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Clock;
import io.flotilla.storage.file.NioDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

/// Measures append and sync on a real disk: `WalBenchmark DIRECTORY [SECONDS] [BATCH_BYTES]`.
/// Prints syncs per second and latencies; not a test.
public final class WalBenchmark {
  private static final int RECORDS_PER_BATCH = 1;

  private WalBenchmark() {}

  public static void main(String[] args) throws IOException {
    Path directory = Path.of(args[0]);
    int seconds = args.length > 1 ? Integer.parseInt(args[1]) : 5;
    byte[] record = new byte[args.length > 2 ? Integer.parseInt(args[2]) : 2300];
    new Random(1).nextBytes(record);
    long opening = System.nanoTime();
    WalConfig config = WalConfig.of(new GroupId(1));
    try (Wal wal = Wal.open(new NioDisk(), Clock.system(), directory, config, (_, _, _) -> {})) {
      System.out.printf("open %.1f ms%n", (System.nanoTime() - opening) / 1e6);
      long[] nanos = run(wal, record, seconds);
      Arrays.sort(nanos);
      System.out.printf(
          "%d syncs of %d bytes in %d s: %.0f/s; p50 %.0f us, p99 %.0f us, max %.1f ms; %s%n",
          nanos.length,
          record.length * RECORDS_PER_BATCH,
          seconds,
          nanos.length / (double) seconds,
          nanos[nanos.length / 2] / 1e3,
          nanos[nanos.length * 99 / 100] / 1e3,
          nanos[nanos.length - 1] / 1e6,
          wal.counters());
    }
  }

  private static long[] run(Wal wal, byte[] record, int seconds) throws IOException {
    long[] nanos = new long[10_000_000];
    int count = 0;
    long end = System.nanoTime() + seconds * 1_000_000_000L;
    long now = System.nanoTime();
    while (now < end && count < nanos.length) {
      for (int i = 0; i < RECORDS_PER_BATCH; i++) {
        wal.append(1, record);
      }
      int sequence = wal.sync();
      long done = System.nanoTime();
      nanos[count++] = done - now;
      wal.maintain();
      wal.truncatePrefix(sequence);
      now = System.nanoTime();
    }
    return Arrays.copyOf(nanos, count);
  }
}
