package io.flotilla.storage.file;

import static io.flotilla.storage.file.DiskContractTest.read;
import static io.flotilla.storage.file.DiskContractTest.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.port.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The simulated disk forgets what it may and nothing else.
class SimDiskTest {
  private static final Path DIRECTORY = Path.of("/data");
  private static final Path FILE = DIRECTORY.resolve("a");
  private static final int SEEDS = 200;

  private final SimDisk disk = new SimDisk();

  @BeforeEach
  void createDirectory() throws IOException {
    Directories.createDurably(disk, DIRECTORY);
  }

  private DiskFile durableFile() throws IOException {
    DiskFile file = disk.open(FILE);
    file.write(0, text("kept"));
    file.force(true);
    disk.forceDirectory(DIRECTORY);
    return file;
  }

  @Test
  void forcedDataSurvivesAndUnforcedDataMayNot() throws IOException {
    durableFile().write(4, text("+"));
    Set<String> outcomes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      outcomes.add(read(disk.crash(new SplittableRandom(seed)).open(FILE), 0, 9));
    }
    assertThat(outcomes).containsExactlyInAnyOrder("kept", "kept+");
  }

  @Test
  void writesAreTornAtSectorsInAnyCombination() throws IOException {
    byte[] three = new byte[3 * SimDisk.SECTOR_BYTES];
    Arrays.fill(three, (byte) 'x');
    DiskFile file = durableFile();
    file.allocate(4096);
    file.force(false);
    file.write(SimDisk.SECTOR_BYTES, ByteBuffer.wrap(three));
    Set<String> outcomes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      byte[] found = disk.crash(new SplittableRandom(seed)).bytes(FILE);
      StringBuilder shape = new StringBuilder();
      for (int sector = 0; sector < 5; sector++) {
        int from = sector * SimDisk.SECTOR_BYTES;
        assertThat(found[from + 100]).isEqualTo(found[from + SimDisk.SECTOR_BYTES - 1]);
        shape.append(found[from + 100] == 'x' ? 'x' : '.');
      }
      outcomes.add(shape.toString());
    }
    assertThat(outcomes).hasSize(8).contains(".....", ".x.x.", "..xx.", ".xxx.");
  }

  @Test
  void namesSurviveOnlyWithTheirDirectory() throws IOException {
    DiskFile file = durableFile();
    disk.rename(FILE, DIRECTORY.resolve("b"));
    DiskFile fresh = disk.open(DIRECTORY.resolve("c"));
    fresh.write(0, text("c"));
    fresh.force(true);
    Set<Object> outcomes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      outcomes.add(disk.crash(new SplittableRandom(seed)).list(DIRECTORY).toString());
    }
    assertThat(outcomes).containsExactlyInAnyOrder("[a]", "[b]", "[a, c]", "[b, c]");
    disk.forceDirectory(DIRECTORY);
    assertThat(disk.crash(new SplittableRandom(1)).list(DIRECTORY)).containsExactly("b", "c");
    assertThat(read(file, 0, 9)).isEqualTo("kept");
  }

  @Test
  void anUnforcedDirectoryTakesItsContentWithIt() throws IOException {
    Path inner = DIRECTORY.resolve("inner");
    disk.createDirectories(inner);
    disk.open(inner.resolve("f")).force(true);
    disk.forceDirectory(inner);
    Set<Boolean> outcomes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      SimDisk found = disk.crash(new SplittableRandom(seed));
      assertThat(found.exists(inner)).isEqualTo(found.exists(inner.resolve("f")));
      outcomes.add(found.exists(inner));
    }
    assertThat(outcomes).containsExactlyInAnyOrder(true, false);
  }

  @Test
  void aCutIsDurableOnlyWithMetadata() throws IOException {
    DiskFile file = durableFile();
    file.truncate(1);
    file.force(false);
    Set<String> outcomes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      outcomes.add(read(disk.crash(new SplittableRandom(seed)).open(FILE), 0, 9));
    }
    assertThat(outcomes).containsExactlyInAnyOrder("k", "kept");
    file.force(true);
    assertThat(read(disk.crash(new SplittableRandom(1)).open(FILE), 0, 9)).isEqualTo("k");
  }

  @Test
  void everythingFailsFromTheOperationAtWhichThePowerGoes() throws IOException {
    DiskFile file = durableFile();
    disk.stopAt(disk.operations() + 2);
    file.write(0, text("1"));
    assertThatThrownBy(() -> file.write(1, text("2"))).isInstanceOf(SimDisk.SimStopped.class);
    assertThatThrownBy(() -> file.force(false)).isInstanceOf(SimDisk.SimStopped.class);
    assertThatThrownBy(() -> disk.open(FILE)).isInstanceOf(SimDisk.SimStopped.class);
    Set<String> outcomes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      outcomes.add(read(disk.crash(new SplittableRandom(seed)).open(FILE), 0, 9));
    }
    assertThat(outcomes).containsExactlyInAnyOrder("kept", "1ept", "k2pt", "12pt");
  }

  @Test
  void aFailedForceLosesTheDataForGood() throws IOException {
    DiskFile file = durableFile();
    file.write(0, text("L"));
    disk.failForce(FILE::equals);
    assertThatThrownBy(() -> file.force(false)).hasMessageContaining(FILE.toString());
    disk.failForce(_ -> false);
    file.force(false);
    assertThat(read(file, 0, 9)).isEqualTo("Lept");
    assertThat(read(disk.crash(new SplittableRandom(1)).open(FILE), 0, 9)).isEqualTo("kept");
  }

  @Test
  void aFullDiskTakesWhatFits() throws IOException {
    DiskFile file = durableFile();
    disk.capacityBytes(6);
    assertThat(disk.usableBytes(FILE)).isEqualTo(2);
    assertThatThrownBy(() -> file.write(3, text("1234"))).isInstanceOf(DiskFullException.class);
    assertThat(read(file, 0, 9)).isEqualTo("kep123");
    assertThatThrownBy(() -> file.allocate(7)).isInstanceOf(DiskFullException.class);
    file.write(0, text("over"));
  }

  @Test
  void aKilledProcessLosesNothingUntilThePowerGoes() throws IOException {
    durableFile().write(4, text("+"));
    disk.open(DIRECTORY.resolve("b"));
    SimDisk next = disk.kill();
    assertThat(read(next.open(FILE), 0, 9)).isEqualTo("kept+");
    assertThat(next.exists(DIRECTORY.resolve("b"))).isTrue();
    Set<Object> outcomes = new HashSet<>();
    for (int seed = 0; seed < SEEDS; seed++) {
      SimDisk found = next.crash(new SplittableRandom(seed));
      outcomes.add(read(found.open(FILE), 0, 9) + found.exists(DIRECTORY.resolve("b")));
    }
    assertThat(outcomes).hasSize(4);
  }

  @Test
  void aFlippedBitStays() throws IOException {
    durableFile();
    disk.flipBit(FILE, 0, 1);
    assertThat(read(disk.open(FILE), 0, 4)).isEqualTo("iept");
    assertThat(read(disk.crash(new SplittableRandom(1)).open(FILE), 0, 4)).isEqualTo("iept");
  }
}
