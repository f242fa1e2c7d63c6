package io.flotilla.raft.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.CorruptionException;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Power loss at every operation and flipped bits, seen from the replica's log: it is found as
/// acknowledged last, or as it was being made, or the damage is named.
class LogStoreCrashTest {
  private static final long SEED = Long.getLong("seed", 8_122_026L);
  private static final int STEPS = 50;

  private static LogModel run(SimDisk disk, LogModel model, long seed, int steps) {
    SplittableRandom random = new SplittableRandom(seed);
    try (LogStore store = model.open(disk)) {
      for (int i = 0; i < steps; i++) {
        model.step(store, random);
      }
    } catch (SimDisk.SimStopped powerLoss) {
      return model;
    } catch (IOException failure) {
      throw new AssertionError(failure);
    }
    return model;
  }

  @Test
  void everyCrashLeavesAStateThatWasPromised() {
    for (long script = SEED; script < SEED + 4; script++) {
      SimDisk whole = new SimDisk();
      run(whole, new LogModel(), script, STEPS);
      for (long stop = 1; stop <= whole.operations(); stop++) {
        crashAt(script, stop);
      }
    }
  }

  private static void crashAt(long script, long stop) {
    SplittableRandom random = new SplittableRandom(script * 31 + stop);
    try {
      SimDisk disk = new SimDisk().stopAt(stop);
      LogModel model = run(disk, new LogModel(), script, STEPS);
      for (int life = 0; life < 4; life++) {
        SimDisk survivor = random.nextInt(3) == 0 ? disk.kill() : disk.crash(random);
        disk = survivor.stopAt(1 + random.nextInt(30));
        model = run(disk, model, random.nextLong(), 12);
      }
      run(disk.crash(random), model, random.nextLong(), 3);
    } catch (AssertionError | RuntimeException failure) {
      throw new AssertionError("-Dseed=" + script + " stop " + stop, failure);
    }
  }

  @Test
  void aFlippedBitIsNamedOrHarmless() throws IOException {
    SimDisk disk = new SimDisk();
    LogModel model = run(disk, new LogModel(), SEED, STEPS);
    SplittableRandom random = new SplittableRandom(SEED);
    int named = 0;
    for (Path file : disk.files()) {
      int size = disk.bytes(file).length;
      for (int offset = 0; offset < size; offset += 1 + random.nextInt(9)) {
        named += flip(disk, model, file, offset, random.nextInt(8));
      }
    }
    assertThat(named).as("flips that matter").isGreaterThan(100);
  }

  private static int flip(SimDisk disk, LogModel model, Path file, int offset, int bit)
      throws IOException {
    SimDisk flipped = disk.kill();
    flipped.flipBit(file, offset, bit);
    try {
      new LogModel(model).open(flipped).close();
      return 0;
    } catch (CorruptionException damage) {
      assertThat(damage.file()).isEqualTo(file.toString());
      return 1;
    }
  }
}
