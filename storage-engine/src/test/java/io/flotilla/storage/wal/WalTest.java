package io.flotilla.storage.wal;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.GroupId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import io.flotilla.storage.file.DiskFullException;
import io.flotilla.storage.file.NioDisk;
import io.flotilla.storage.file.SimDisk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// The log's behaviour in named situations; random ones are in [WalCrashTest].
class WalTest {
  private static final Path DIRECTORY = WalModel.DIRECTORY;
  private static final WalConfig CONFIG = WalModel.CONFIG;
  private static final Path FIRST = DIRECTORY.resolve("0000000001.wal");

  private final SimDisk disk = new SimDisk();
  private final List<String> found = new ArrayList<>();

  private Wal open(Disk on) throws IOException {
    found.clear();
    return Wal.open(
        on,
        Clock.system(),
        DIRECTORY,
        CONFIG,
        (_, _, payload) -> found.add(StandardCharsets.US_ASCII.decode(payload).toString()));
  }

  private static void write(Wal wal, String... records) throws IOException {
    for (String record : records) {
      wal.append(1, record.getBytes(StandardCharsets.US_ASCII));
    }
    wal.sync();
  }

  /// Bytes that fill most of a segment.
  private static String large(char what) {
    return String.valueOf(what).repeat(6000);
  }

  @Test
  void recordsComeBackInOrderWithTheirKinds() throws IOException {
    try (Wal wal = open(disk)) {
      write(wal, "a", "b");
      write(wal, "c");
      wal.append(9, "never synced".getBytes(StandardCharsets.US_ASCII));
      assertThat(wal.position()).isEqualTo(3);
    }
    try (Wal wal = open(disk)) {
      assertThat(found).containsExactly("a", "b", "c");
      write(wal, "d");
    }
    open(disk).close();
    assertThat(found).containsExactly("a", "b", "c", "d");
  }

  @Test
  void theMachinesDiskHoldsALogToo(@TempDir Path temp) throws IOException {
    WalConfig config = new WalConfig(new GroupId(1), 1 << 20, 4096, 1);
    byte[] record = new byte[300_000];
    new SplittableRandom(1).nextBytes(record);
    Disk real = new NioDisk();
    Path directory = temp.resolve("group/wal");
    try (Wal wal = Wal.open(real, Clock.system(), directory, config, (_, _, _) -> {})) {
      for (int i = 0; i < 8; i++) {
        wal.append(1, record);
        wal.sync();
        wal.maintain();
      }
      wal.truncatePrefix(2);
      assertThat(wal.counters().lastSyncNanos()).isPositive();
    }
    List<Long> numbers = new ArrayList<>();
    Wal.open(
            real,
            Clock.system(),
            directory,
            config,
            (place, _, payload) -> {
              numbers.add(place.record());
              assertThat(payload).isEqualTo(ByteBuffer.wrap(record));
            })
        .close();
    assertThat(numbers).containsExactly(3L, 4L, 5L, 6L, 7L);
  }

  @Test
  void aSteadyAppendChangesNoFileSize() throws IOException {
    Wal wal = open(disk);
    write(wal, "first");
    int bytes = disk.bytes(FIRST).length;
    long before = disk.operations();
    write(wal, "second");
    assertThat(disk.operations() - before).as("one write, one force").isEqualTo(2);
    assertThat(disk.bytes(FIRST)).hasSize(bytes).hasSize(8192);
  }

  @Test
  void segmentsAreRecycledAndTheirOldRecordsStayForgotten() throws IOException {
    Wal wal = open(disk);
    write(wal, large('a'));
    write(wal, large('b'));
    write(wal, large('c'));
    assertThat(wal.oldestSequence()).isEqualTo(1);
    wal.truncatePrefix(3);
    assertThat(disk.list(DIRECTORY)).containsExactly("0000000003.wal", "spare-0", "spare-1");
    long files = disk.files().size();
    write(wal, large('d'));
    write(wal, "e");
    assertThat(disk.files()).hasSize((int) files);
    wal.close();
    open(disk).close();
    assertThat(found).containsExactly(large('c'), large('d'), "e");
  }

  @Test
  void theNewestRecordIsNeverGivenUp() throws IOException {
    Wal wal = open(disk);
    write(wal, "a");
    wal.truncatePrefix(1000);
    wal.close();
    open(disk).close();
    assertThat(found).containsExactly("a");
  }

  @Test
  void maintenancePreparesTheNextSegmentAhead() throws IOException {
    Wal wal = open(disk);
    assertThat(wal.maintain()).as("nothing is due for an empty segment").isFalse();
    write(wal, large('a'));
    while (wal.maintain()) {
      assertThat(wal.counters().segments()).isEqualTo(1);
    }
    assertThat(disk.bytes(DIRECTORY.resolve("spare-0"))).hasSize(8192);
    long before = disk.operations();
    write(wal, large('b'));
    assertThat(disk.operations() - before).as("rename, force, write, force").isEqualTo(4);
  }

  @Test
  void aBatchLargerThanASegmentGetsOneOfItsSize() throws IOException {
    Wal wal = open(disk);
    String huge = "h".repeat(3_000_000);
    write(wal, huge, "x");
    write(wal, "y");
    write(wal, huge);
    wal.close();
    assertThat(disk.bytes(FIRST).length).isGreaterThan(3_000_000);
    wal = open(disk);
    assertThat(found).containsExactly(huge, "x", "y", huge);
    wal.truncatePrefix(2);
    assertThat(disk.exists(FIRST)).as("odd sizes are not kept").isFalse();
  }

  @Test
  void aTornBatchIsCutAndItsPlaceIsWiped() throws IOException {
    Wal wal = open(disk);
    write(wal, "a");
    disk.stopAt(disk.operations() + 1);
    assertThatThrownBy(() -> write(wal, "t".repeat(3000))).isInstanceOf(IOException.class);
    int cut = 0;
    int torn = 0;
    for (int seed = 0; seed < 50; seed++) {
      SimDisk after = disk.crash(new SplittableRandom(seed));
      WalReport report = WalCheck.run(after, DIRECTORY, Optional.of(CONFIG.group()));
      assertThat(report.isSound()).isTrue();
      torn += report.segments().getFirst().tornBytes() > 0 ? 1 : 0;
      open(after).close();
      cut += found.equals(List.of("a")) ? 1 : 0;
      WalReport clean = WalCheck.run(after, DIRECTORY, Optional.of(CONFIG.group()));
      assertThat(clean.segments().getFirst().tornBytes()).isZero();
    }
    assertThat(torn).as("torn in part").isBetween(1, cut);
    assertThat(cut).as("cut, but not always").isBetween(1, 49);
  }

  @Test
  void aDamagedLastBatchIsNotTakenForATornOne() throws IOException {
    Wal wal = open(disk);
    write(wal, "a");
    write(wal, "acknowledged");
    wal.close();
    disk.flipBit(FIRST, 1024 + 40, 3);
    assertThatThrownBy(() -> open(disk))
        .isInstanceOfSatisfying(
            CorruptionException.class,
            damage -> {
              assertThat(damage.file()).isEqualTo(FIRST.toString());
              assertThat(damage.offset()).isEqualTo(1024);
            });
  }

  @Test
  void aLostBatchBeforeALaterOneIsDamage() throws IOException {
    Wal wal = open(disk);
    write(wal, "a");
    write(wal, "lost");
    write(wal, "c");
    try (DiskFile file = disk.open(FIRST)) {
      file.write(1024, ByteBuffer.allocate(512));
    }
    assertThatThrownBy(() -> open(disk))
        .isInstanceOf(CorruptionException.class)
        .hasMessageContaining("frame 1 is not complete, but frame 2 was written after it");
  }

  @Test
  void aLostBatchBeforeALaterSegmentIsDamage() throws IOException {
    Wal wal = open(disk);
    write(wal, large('a'));
    write(wal, "lost");
    write(wal, large('b'));
    try (DiskFile file = disk.open(FIRST)) {
      file.write(7168, ByteBuffer.allocate(512));
    }
    assertThatThrownBy(() -> open(disk))
        .isInstanceOf(CorruptionException.class)
        .hasMessageContaining("0000000002.wal")
        .hasMessageContaining("end at record 1");
  }

  @Test
  void aMissingOrShortenedSegmentIsDamage() throws IOException {
    Wal wal = open(disk);
    write(wal, large('a'));
    write(wal, large('b'));
    write(wal, large('c'));
    SimDisk shortened = disk.kill();
    try (DiskFile file = shortened.open(DIRECTORY.resolve("0000000003.wal"))) {
      file.truncate(4096);
    }
    assertThatThrownBy(() -> open(shortened))
        .isInstanceOf(CorruptionException.class)
        .hasMessageContaining("cut short");
    disk.delete(DIRECTORY.resolve("0000000002.wal"));
    assertThatThrownBy(() -> open(disk))
        .isInstanceOf(CorruptionException.class)
        .hasMessageContaining("0000000002.wal")
        .hasMessageContaining("missing");
  }

  @Test
  void aForeignGroupIsRefused() throws IOException {
    Wal wal = open(disk);
    write(wal, "a");
    WalConfig other = new WalConfig(new GroupId(8), 8192, 4096, 2);
    assertThatThrownBy(() -> Wal.open(disk, Clock.system(), DIRECTORY, other, (_, _, _) -> {}))
        .isInstanceOf(WalRefusedException.class)
        .hasMessageContaining("belongs to group 7, not to group 8");
  }

  @Test
  void anUnknownVersionIsRefused() throws IOException {
    Wal wal = open(disk);
    write(wal, "a");
    ByteBuffer sector = ByteBuffer.wrap(disk.bytes(FIRST)).order(ByteOrder.LITTLE_ENDIAN);
    sector.putInt(SegmentHeader.VERSION_OFFSET, 2);
    new Sector().seal(sector, 0, 1, 0, Sector.left(sector, 0));
    try (DiskFile file = disk.open(FIRST)) {
      file.write(0, sector.clear().limit(512));
    }
    assertThatThrownBy(() -> open(disk))
        .isInstanceOf(WalRefusedException.class)
        .hasMessageContaining("format version 2; this node reads version 1");
  }

  @Test
  void aFailedForceIsFinal() throws IOException {
    Wal wal = open(disk);
    write(wal, "a");
    disk.failForce(FIRST::equals);
    assertThatThrownBy(() -> write(wal, "b")).hasMessageContaining("force");
    disk.failForce(_ -> false);
    assertThatThrownBy(wal::sync).hasMessageContaining("failed before");
    assertThatThrownBy(() -> wal.append(1, new byte[1])).hasMessageContaining("failed before");
    assertThatThrownBy(() -> wal.truncatePrefix(1)).hasMessageContaining("failed before");
    wal.close();
    assertThatThrownBy(wal::maintain).hasMessageContaining("closed");
  }

  /// After a failed force the page cache may show data that never reached the disk, as clean.
  @Test
  void aBatchWhoseForceFailedIsWrittenAgainByTheNextStart() throws IOException {
    Wal wal = open(disk);
    write(wal, "a");
    disk.failForce(FIRST::equals);
    String large = "b".repeat(3000);
    assertThatThrownBy(() -> write(wal, large)).hasMessageContaining("force");
    SimDisk next = disk.kill();
    open(next).close();
    assertThat(found).as("still in the page cache").containsExactly("a", large);
    for (int seed = 0; seed < 20; seed++) {
      open(next.crash(new SplittableRandom(seed))).close();
      assertThat(found).as("what a start reported is durable").containsExactly("a", large);
    }
  }

  @Test
  void aFullDiskKeepsTheBatchUntilThereIsRoom() throws IOException {
    Wal wal = open(disk);
    write(wal, large('a'));
    disk.capacityBytes(12_000);
    assertThatThrownBy(() -> write(wal, large('b'))).isInstanceOf(DiskFullException.class);
    assertThatThrownBy(wal::sync).isInstanceOf(DiskFullException.class);
    disk.capacityBytes(20_000);
    wal.sync();
    wal.close();
    open(disk).close();
    assertThat(found).containsExactly(large('a'), large('b'));
  }

  @Test
  void limitsOfABatchAreStated() throws IOException {
    Wal wal = open(disk);
    assertThatThrownBy(() -> wal.append(0, new byte[1])).hasMessageContaining("1 to 255");
    assertThatThrownBy(() -> wal.append(1, new byte[FrameBuffer.MAX_BYTES]))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("limited");
    write(wal, "still usable");
    open(disk).close();
    assertThat(found).containsExactly("still usable");
  }

  @Test
  void aDumpNamesEveryRecordAndTheDamage() throws IOException {
    Wal wal = open(disk);
    write(wal, "a", "bc");
    write(wal, large('d'));
    write(wal, large('e'));
    wal.close();
    disk.flipBit(DIRECTORY.resolve("0000000002.wal"), 700, 0);
    StringBuilder out = new StringBuilder();
    WalReport report = WalDump.print(disk, DIRECTORY, WalDump.Describer.plain(), out);
    assertThat(report.isSound()).isFalse();
    assertThat(out.toString())
        .isEqualTo(
            """
            0000000001.wal offset 540 record 0: kind 1, 1 bytes
            0000000001.wal offset 550 record 1: kind 1, 2 bytes
            0000000001.wal offset 1052 record 2: kind 1, 6000 bytes
            0000000001.wal records 0..2 frames 2 bytes 7680/8192
            0000000002.wal records none frames 0 bytes 0/8192 DAMAGED: /group/wal/0000000002.wal \
            is damaged at offset 512: the checksum of a sector does not match
            spare files 0
            """);
  }
}
