package io.flotilla.storage.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.CorruptionException;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/// Power loss at every operation, any subset of unforced writes lost, writes torn, bits flipped:
/// the log comes back with everything it acknowledged, or names the damage.
class WalCrashTest {
  private static final long SEED = Long.getLong("seed", 20_261_122L);
  private static final int STEPS = 40;

  /// Runs a script until it ends or the power goes.
  private static WalModel run(SimDisk disk, WalModel model, long seed, int steps) {
    SplittableRandom random = new SplittableRandom(seed);
    try (Wal wal = model.open(disk)) {
      for (int i = 0; i < steps; i++) {
        model.step(wal, random);
      }
    } catch (SimDisk.SimStopped powerLoss) {
      return model;
    } catch (IOException failure) {
      throw new AssertionError("seed " + seed, failure);
    }
    return model;
  }

  @Test
  void everyCrashKeepsWhatWasAcknowledged() {
    for (long script = SEED; script < SEED + 2; script++) {
      SimDisk whole = new SimDisk();
      run(whole, new WalModel(), script, STEPS);
      for (long stop = 1; stop <= whole.operations(); stop++) {
        crashAt(script, stop);
      }
    }
  }

  /// Crashes, starts again, works on, crashes again: three times.
  private static void crashAt(long script, long stop) {
    for (int outcome = 0; outcome < 2; outcome++) {
      SplittableRandom random = new SplittableRandom(script * 31 + stop * 7 + outcome);
      String replay = "-Dseed=" + script + " stop " + stop + " outcome " + outcome;
      try {
        SimDisk disk = new SimDisk().stopAt(stop);
        WalModel model = run(disk, new WalModel(), script, STEPS);
        for (int life = 0; life < 3; life++) {
          SimDisk survivor = random.nextInt(3) == 0 ? disk.kill() : disk.crash(random);
          disk = survivor.stopAt(1 + random.nextInt(25));
          model = run(disk, model, random.nextLong(), 8);
        }
        run(disk.crash(random), model, random.nextLong(), 3);
      } catch (AssertionError | RuntimeException failure) {
        throw new AssertionError(replay, failure);
      }
    }
  }

  @Test
  void aFlippedBitIsNamedOrHarmless() throws IOException {
    for (long script = SEED; script < SEED + 1; script++) {
      SimDisk disk = new SimDisk();
      WalModel model = run(disk, new WalModel(), script, STEPS);
      int named = 0;
      SplittableRandom random = new SplittableRandom(script);
      for (Path file : disk.files()) {
        for (int offset = 0; offset < disk.bytes(file).length; offset += 1 + random.nextInt(40)) {
          named += flip(disk, model, file, offset, random.nextInt(8));
        }
      }
      assertThat(named).as("flips that matter").isGreaterThan(100);
    }
  }

  /// Also right after a crash that left a torn frame: the flip may hit that or any other byte.
  @Test
  void aFlippedBitInACrashedLogIsNamedOrHarmless() throws IOException {
    SplittableRandom random = new SplittableRandom(SEED);
    for (int round = 0; round < 80; round++) {
      SimDisk disk = new SimDisk().stopAt(20 + random.nextInt(80));
      WalModel model = run(disk, new WalModel(), random.nextLong(), STEPS);
      SimDisk crashed = disk.crash(random);
      for (Path file : crashed.files()) {
        int size = crashed.bytes(file).length;
        for (int i = 0; i < 10 && size > 0; i++) {
          flip(crashed, model, file, random.nextInt(size), random.nextInt(8));
        }
      }
    }
  }

  private static int flip(SimDisk disk, WalModel model, Path file, int offset, int bit)
      throws IOException {
    SimDisk flipped = disk.kill();
    flipped.flipBit(file, offset, bit);
    boolean sound =
        WalCheck.run(flipped, WalModel.DIRECTORY, Optional.of(WalModel.CONFIG.group())).isSound();
    try {
      new WalModel(model).open(flipped).close();
      assertThat(sound).as("the checker accepts what a node accepts").isTrue();
      return 0;
    } catch (CorruptionException damage) {
      assertThat(sound).as("the checker refuses what a node refuses").isFalse();
      assertThat(damage.file()).isEqualTo(file.toString());
      assertThat(damage.offset()).isBetween(0L, (long) flipped.bytes(file).length);
      return 1;
    } catch (AssertionError failure) {
      throw new AssertionError("-Dseed=" + SEED + " " + file + " byte " + offset, failure);
    }
  }

  /// The checks above are worth something only if they see a log that does not force.
  @Test
  void aLogThatDoesNotForceIsFound() {
    assertThatThrownBy(
            () -> {
              for (int round = 0; round < 100; round++) {
                SplittableRandom random = new SplittableRandom(SEED + round);
                SimDisk disk = new SimDisk();
                WalModel model = new WalModel();
                Wal wal = model.open(disk);
                for (int i = 0; i < 10; i++) {
                  model.step(wal, random);
                }
                disk.failForce(_ -> true);
                try {
                  model.step(wal, random);
                } catch (IOException forceFailed) {
                  // A log that went on as if this had worked:
                }
                WalModel careless = new WalModel(model).believingEverythingIsDurable();
                careless.open(disk.crash(random));
              }
            })
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("acknowledged records are there");
  }
}
