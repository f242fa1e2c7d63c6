package io.flotilla.storage.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.port.DiskFile;
import io.flotilla.storage.btree.BTree;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.SimDisk;
import io.flotilla.storage.page.BranchCell;
import io.flotilla.storage.page.CellKey;
import io.flotilla.storage.page.LeafCell;
import io.flotilla.storage.page.Memory;
import io.flotilla.storage.page.PageHeader;
import io.flotilla.storage.page.PageKind;
import io.flotilla.storage.page.RunPage;
import io.flotilla.storage.page.SlottedPage;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.function.IntPredicate;
import java.util.function.LongConsumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Each rule of the checker against a file in which exactly that rule was broken and the checksum
/// made right again.
class TreeCheckTest {
  private static final Path DIRECTORY = Path.of("/data");
  private static final Path FILE = DIRECTORY.resolve("db");
  private static final int PAGE = 4096;

  private final SimDisk disk = new SimDisk();

  @BeforeEach
  void makeFile() throws IOException {
    disk.createDirectories(DIRECTORY);
    try (TreeFile file = TreeFile.open(disk, FILE, new TreeFileConfig(PAGE, 4 * PAGE))) {
      BTree tree = file.tree("t");
      for (int i = 0; i < 500; i++) {
        byte[] key = ByteBuffer.allocate(20).putInt(16, i * 7 % 500).array();
        int valueBytes = i % 50 == 0 ? 6000 : 30;
        tree.put(key, new byte[valueBytes], valueBytes, i % 2 == 0);
      }
      for (int i = 0; i < 250; i++) {
        tree.delete(ByteBuffer.allocate(20).putInt(16, i).array());
      }
      file.checkpoint();
      file.checkpoint();
      file.checkpoint();
    }
    assertThat(TreeCheck.verify(disk, FILE).problems()).isEmpty();
  }

  @Test
  void reportsWhatTheFileIsMadeOf() throws IOException {
    CheckReport report = TreeCheck.verify(disk, FILE);
    assertThat(report.sound()).isTrue();
    assertThat(report.trees()).hasSize(1);
    TreeStats tree = report.trees().getFirst();
    assertThat(tree.entries()).isEqualTo(250);
    assertThat(tree.depth()).isEqualTo(2);
    assertThat(tree.overflowPages()).isEqualTo(2 * 5);
    assertThat(report.usedPages())
        .isEqualTo(2 + 2 + tree.leafPages() + tree.branchPages() + tree.overflowPages());
    assertThat(report.toString()).contains("sound").contains("entries=250");
  }

  @Test
  void noticesKeysOutOfOrder() throws IOException {
    patch(
        PageKind.LEAF,
        page -> {
          int first = Memory.getShort(page + PageHeader.SIZE);
          Memory.putShort(page + PageHeader.SIZE, Memory.getShort(page + PageHeader.SIZE + 2));
          Memory.putShort(page + PageHeader.SIZE + 2, first);
        });
    expect("keys ascend");
  }

  @Test
  void noticesAKeyOutsideOfItsBranchBounds() throws IOException {
    patch(
        PageKind.BRANCH,
        page -> {
          long cell = SlottedPage.cell(page, 1);
          int last = CellKey.inline(BranchCell.head(cell)) - 1;
          long at = cell + BranchCell.KEY_OFFSET + last;
          Memory.putByte(at, Memory.getByte(at) + 1);
        });
    expect("keys are not below the bound");
  }

  @Test
  void noticesAWrongWeight() throws IOException {
    patch(
        PageKind.BRANCH,
        page -> {
          long cell = SlottedPage.cell(page, 0);
          BranchCell.putWeight(cell, BranchCell.weight(cell) + 1);
        });
    expect("weighs");
  }

  @Test
  void noticesAPageReachedTwice() throws IOException {
    patch(
        PageKind.BRANCH,
        page ->
            BranchCell.putChild(
                SlottedPage.cell(page, 0), BranchCell.child(SlottedPage.cell(page, 1))));
    expect("a page is reached once");
    expect("an unreached page is free");
  }

  @Test
  void noticesAReferenceOutOfTheFile() throws IOException {
    patch(PageKind.BRANCH, page -> BranchCell.putChild(SlottedPage.cell(page, 0), 1 << 20));
    expect("a reference points into the file");
  }

  @Test
  void noticesAWrongRunLength() throws IOException {
    patch(
        PageKind.LEAF,
        page -> {
          for (int slot = 0; slot < SlottedPage.count(page); slot++) {
            long cell = SlottedPage.cell(page, slot);
            if (LeafCell.valueOverflows(cell)) {
              LeafCell.putValueRun(cell, 5999, LeafCell.valueRun(cell));
            }
          }
        });
    expect("a run has the length that its cell names");
  }

  @Test
  void noticesLostAndDoublyUsedPages() throws IOException {
    patch(
        PageKind.FREE_MAP,
        page -> {
          for (int i = 0; i < RunPage.length(page); i++) {
            Memory.putByte(RunPage.payload(page) + i, 0);
          }
        });
    expect("an unreached page is free");
    patch(PageKind.FREE_MAP, page -> Memory.putByte(RunPage.payload(page), 0xfc));
    expect("a free page is not reached");
  }

  @Test
  void noticesCellsThatOverlap() throws IOException {
    patch(
        PageKind.LEAF,
        page -> Memory.putShort(page + PageHeader.SIZE, Memory.getShort(page + 26) + 1));
    expect("cell");
  }

  @Test
  void noticesAMisplacedPage() throws IOException {
    patch(PageKind.LEAF, page -> PageHeader.renew(page, 77_777, 1));
    expect("the page is its own place");
  }

  @Test
  void noticesAPageOfALaterEpoch() throws IOException {
    patch(PageKind.LEAF, page -> PageHeader.renew(page, PageHeader.pageId(page), 1_000_000));
    expect("no page is of a later epoch");
  }

  @Test
  void noticesWrongTotals() throws IOException {
    patch(
        PageKind.DIRECTORY,
        page -> {
          long entries = RunPage.payload(page) + 2 + 1 + 4 + 4;
          Memory.putLong(entries, Memory.getLong(entries) + 1);
          Memory.putLong(entries + 8, Memory.getLong(entries + 8) + 1);
        });
    expect("the number of entries that the directory names");
    expect("the number of counted entries that the directory names");
  }

  private void expect(String rule) throws IOException {
    CheckReport report = TreeCheck.verify(disk, FILE);
    assertThat(report.sound()).isFalse();
    assertThat(report.toString()).contains(rule);
  }

  /// Changes every live page of a kind.
  private void patch(int kind, LongConsumer change) throws IOException {
    byte[] bytes = disk.bytes(FILE);
    IntPredicate isKind = page -> bytes[page * PAGE + 4] == kind;
    try (DiskFile file = disk.open(FILE);
        Arena arena = Arena.ofConfined()) {
      for (int page = 2; page < bytes.length / PAGE; page++) {
        if (isKind.test(page)) {
          long address = arena.allocate(PAGE, 8).address();
          Memory.copyIn(bytes, page * PAGE, address, PAGE);
          change.accept(address);
          PageHeader.putCrc(address, PageHeader.crc(address, PAGE));
          file.write((long) page * PAGE, Memory.buffer(address, PAGE));
        }
      }
      file.force(false);
    }
  }
}
