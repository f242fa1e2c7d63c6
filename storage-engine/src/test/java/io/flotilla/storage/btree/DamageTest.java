package io.flotilla.storage.btree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.port.DiskFile;
import io.flotilla.storage.check.PageDump;
import io.flotilla.storage.check.TreeCheck;
import io.flotilla.storage.file.SimDisk;
import io.flotilla.storage.page.MetaPage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Random;
import java.util.zip.CRC32C;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Damaged and foreign files: refused with file, offset and reason, or the damage does no harm.
class DamageTest {
  private static final Path DIRECTORY = Path.of("/data");
  private static final Path FILE = DIRECTORY.resolve("db");
  private static final int PAGE = 4096;

  private final TreeFileConfig config = new TreeFileConfig(PAGE, 4 * PAGE);
  private final SimDisk disk = new SimDisk();
  private final TreeModel before = new TreeModel();
  private TreeModel model = new TreeModel();

  @BeforeEach
  void makeFile() throws IOException {
    disk.createDirectories(DIRECTORY);
    Bytes bytes = new Bytes(new Random(5), 3000, 9000);
    try (TreeFile file = TreeFile.open(disk, FILE, config)) {
      for (int i = 0; i < 60; i++) {
        before.put(file.tree("t"), bytes.key(), bytes.value(), true);
      }
      file.checkpoint();
      model = before.copy();
      for (int i = 0; i < 30; i++) {
        model.put(file.tree("t"), bytes.key(), bytes.value(), true);
      }
      file.checkpoint();
    }
  }

  @Test
  void anyFlippedBitIsNoticedOrHarmless() throws IOException {
    int size = disk.bytes(FILE).length;
    Random random = new Random(11);
    int noticed = 0;
    for (int i = 0; i < 700; i++) {
      // The first bytes of every page are where the structure is: look there more often.
      int offset =
          random.nextBoolean()
              ? random.nextInt(size)
              : random.nextInt(size / PAGE) * PAGE + random.nextInt(128);
      int bit = random.nextInt(8);
      disk.flipBit(FILE, offset, bit);
      noticed += readsRightOrRefuses(offset) ? 1 : 0;
      disk.flipBit(FILE, offset, bit);
    }
    assertThat(noticed).isGreaterThan(200);
    assertThat(TreeCheck.verify(disk, FILE).problems()).isEmpty();
  }

  /// True when the damage was noticed.
  private boolean readsRightOrRefuses(int offset) throws IOException {
    try (TreeFile file = TreeFile.open(disk, FILE, config)) {
      // With the newest meta page damaged, the checkpoint before is what the file holds.
      boolean metaHit = offset < 2 * PAGE && file.tree("t").size() != model.size();
      (metaHit ? before : model).checkAll(file.tree("t"));
      return false;
    } catch (CorruptionException e) {
      assertThat(e.file()).isEqualTo(FILE.toString());
      assertThat(TreeCheck.verify(disk, FILE).sound()).isFalse();
      return true;
    }
  }

  @Test
  void aDamagedPageIsNamedWithItsOffset() throws IOException {
    byte[] bytes = disk.bytes(FILE);
    int page = 2;
    while (bytes[page * PAGE + 4] != 2) { // the first leaf
      page++;
    }
    disk.flipBit(FILE, (long) page * PAGE + 3000, 1);
    var report = TreeCheck.verify(disk, FILE);
    assertThat(report.sound()).isFalse();
    assertThat(report.problems().getFirst().offset()).isEqualTo((long) page * PAGE);
    assertThat(PageDump.dump(disk, FILE, page)).contains("leaf").contains("checksum wrong");
  }

  @Test
  void bothMetaPagesDamagedIsRefused() throws IOException {
    disk.flipBit(FILE, 60, 1);
    disk.flipBit(FILE, PAGE + 60, 1);
    assertThatThrownBy(() -> TreeFile.open(disk, FILE, config))
        .isInstanceOf(CorruptionException.class)
        .hasMessageContaining("both meta pages");
    assertThat(TreeCheck.verify(disk, FILE).problems().getFirst().text())
        .contains("both meta pages");
  }

  @Test
  void aForeignFileIsRefused() throws IOException {
    byte[] text = "not a tree file, but long enough to look".getBytes(StandardCharsets.UTF_8);
    write(DIRECTORY.resolve("other"), 0, text);
    assertThatThrownBy(() -> TreeFile.open(disk, DIRECTORY.resolve("other"), config))
        .isInstanceOf(TreeFormatException.class)
        .hasMessageContaining("no tree file");
  }

  @Test
  void anotherPageSizeIsRefused() {
    var other = new TreeFileConfig(2 * PAGE, 8 * PAGE);
    assertThatThrownBy(() -> TreeFile.open(disk, FILE, other))
        .isInstanceOf(TreeFormatException.class)
        .hasMessageContaining("pages of 4096 bytes and 8192 are configured");
  }

  @Test
  void aNewerFormatIsRefused() throws IOException {
    for (int slot = 0; slot < 2; slot++) {
      try (var arena = Arena.ofConfined()) {
        var sector = arena.allocate(MetaPage.SECTOR_BYTES, 8);
        sector.asByteBuffer().put(disk.bytes(FILE), slot * PAGE, MetaPage.SECTOR_BYTES);
        sector.set(ValueLayout.JAVA_INT_UNALIGNED, 32, 2);
        var crc = new CRC32C();
        crc.update(sector.asByteBuffer().limit(508));
        sector.set(ValueLayout.JAVA_INT_UNALIGNED, 508, (int) crc.getValue());
        byte[] bytes = sector.toArray(ValueLayout.JAVA_BYTE);
        write(FILE, (long) slot * PAGE, bytes);
      }
    }
    assertThatThrownBy(() -> TreeFile.open(disk, FILE, config))
        .isInstanceOf(TreeFormatException.class)
        .hasMessageContaining("format version 2");
  }

  @Test
  void aCutFileIsRefused() throws IOException {
    try (DiskFile file = disk.open(FILE)) {
      file.truncate(3 * PAGE);
    }
    assertThatThrownBy(() -> TreeFile.open(disk, FILE, config))
        .isInstanceOf(CorruptionException.class)
        .hasMessageContaining("the file ends before page");
  }

  @Test
  void dumpsEveryPage() throws IOException {
    int pages = disk.bytes(FILE).length / PAGE;
    StringBuilder all = new StringBuilder();
    for (int page = 0; page < pages; page++) {
      all.append(PageDump.dump(disk, FILE, page));
    }
    assertThat(all).contains("magic right", "branch", "leaf", "overflow", "directory", "free map");
  }

  private void write(Path path, long position, byte[] bytes) throws IOException {
    try (DiskFile file = disk.open(path)) {
      file.write(position, ByteBuffer.wrap(bytes));
      file.force(true);
    }
  }
}
