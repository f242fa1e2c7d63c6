package io.flotilla.simulation.world;

import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.random.RandomGenerator;

/// The disk of one machine and its moods. It outlives the processes that use it.
public final class Drive {
  /// Room enough for everything that a run writes.
  public static final long CAPACITY_BYTES = 256L << 20;

  private static final long FORCE_MIN_NANOS = 200_000;
  private static final long FORCE_SPREAD_NANOS = 2 * Timeline.MILLI;
  private static final int UNFINISHED_OPERATIONS_MAX = 24;
  private static final long NEVER = Long.MAX_VALUE;
  private static final Path ROOT = Path.of("/");

  private final RandomGenerator random;
  private SimDisk disk = new SimDisk().capacityBytes(CAPACITY_BYTES);
  private double slowness = 1;
  private boolean damaged;
  private boolean failing;
  private boolean failed;
  private long stopAt = NEVER;

  public Drive(RandomGenerator random) {
    this.random = random;
  }

  public SimDisk disk() {
    return disk;
  }

  /// What a write with a force takes now.
  long writeNanos() {
    long nanos = FORCE_MIN_NANOS + random.nextLong(FORCE_SPREAD_NANOS);
    return (long) (nanos * slowness);
  }

  /// @param factor how much longer than usual everything takes
  public void slow(double factor) {
    slowness = factor;
  }

  /// Only so much can still be written.
  public void fillUpTo(long bytes) {
    disk.capacityBytes(CAPACITY_BYTES - disk.usableBytes(ROOT) + bytes);
  }

  public void makeRoom() {
    disk.capacityBytes(CAPACITY_BYTES);
  }

  public long freeBytes() {
    return disk.usableBytes(ROOT);
  }

  /// The power goes after so many more changes of the disk.
  public void failAfter(long operations) {
    stopAt = disk.operations() + operations;
    disk.stopAt(stopAt);
  }

  /// Whether the power went in the middle of a change.
  boolean isWithoutPower() {
    return stopAt != NEVER && disk.operations() >= stopAt;
  }

  /// Whether something was planned for this disk that has not come to its end.
  public boolean isDoomed() {
    return stopAt != NEVER || failing;
  }

  /// A bit changed on its own: what is found at the next start may not be what was written.
  public void flipBit(Path file, long byteOffset, int bit) {
    try {
      disk.flipBit(file, byteOffset, bit);
    } catch (IOException impossible) {
      throw new UncheckedIOException(impossible);
    }
    damaged = true;
  }

  public boolean isDamaged() {
    return damaged;
  }

  /// Every force of the log's files fails until the next start.
  public void failForcesOfLog() {
    failing = true;
    disk.failForce(file -> file.toString().endsWith(".wal"));
  }

  /// Every force fails until the machine starts anew: what an operating system shows of such a file
  /// to the next process is nothing that anybody could reason about.
  public void fail() {
    disk.failForce(_ -> true);
    failing = true;
    failed = true;
  }

  /// Whether only a new start of the machine helps.
  boolean hasFailed() {
    return failed;
  }

  /// The process is gone; the system writes the rest when it likes.
  ///
  /// @param unfinished what its threads were doing, of which a part may happen yet
  void kill(List<Runnable> unfinished) {
    runInPart(unfinished);
    SimDisk before = disk;
    disk = before.kill().capacityBytes(CAPACITY_BYTES);
    before.stopAt(0);
    failing = false;
    stopAt = NEVER;
  }

  /// The power is gone.
  void losePower(List<Runnable> unfinished) {
    runInPart(unfinished);
    SimDisk before = disk;
    disk = before.crash(random).capacityBytes(CAPACITY_BYTES);
    before.stopAt(0);
    failed = false;
    failing = false;
    stopAt = NEVER;
  }

  private void runInPart(List<Runnable> unfinished) {
    for (Runnable task : unfinished) {
      if (random.nextBoolean()) {
        disk.stopAt(disk.operations() + random.nextInt(UNFINISHED_OPERATIONS_MAX));
        runToTheStop(task);
      }
    }
  }

  /// Whatever it reports, nobody is there to hear it.
  private static void runToTheStop(Runnable task) {
    try {
      task.run();
    } catch (RuntimeException | Error ignored) {
      // The end of a process in the middle of its work looks like this.
    }
  }
}
