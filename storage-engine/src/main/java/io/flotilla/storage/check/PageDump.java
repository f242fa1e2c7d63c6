package io.flotilla.storage.check;

import io.flotilla.base.Key;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import io.flotilla.storage.btree.MetaPages;
import io.flotilla.storage.btree.TreeDirectory;
import io.flotilla.storage.page.BranchCell;
import io.flotilla.storage.page.CellKey;
import io.flotilla.storage.page.LeafCell;
import io.flotilla.storage.page.Memory;
import io.flotilla.storage.page.MetaPage;
import io.flotilla.storage.page.PageGeometry;
import io.flotilla.storage.page.PageHeader;
import io.flotilla.storage.page.PageKind;
import io.flotilla.storage.page.RunPage;
import io.flotilla.storage.page.SlottedPage;
import java.io.IOException;
import java.nio.file.Path;

/// Prints one page of a tree file for a person, as far as it makes sense.
public final class PageDump {
  private static final int KEY_BYTES_SHOWN = 64;

  private final PageImage image;
  private final StringBuilder out = new StringBuilder();

  private PageDump(PageImage image) {
    this.image = image;
  }

  /// @throws IllegalArgumentException when the file has no such page
  public static String dump(Disk disk, Path path, int page) throws IOException {
    try (DiskFile file = disk.openForRead(path)) {
      int pageBytes = MetaPages.pageBytes(file).orElse(PageGeometry.MIN_PAGE_BYTES);
      try (PageImage image = new PageImage(file, pageBytes)) {
        if (!image.contains(page)) {
          throw new IllegalArgumentException("the file has " + image.pages() + " pages");
        }
        return new PageDump(image).print(page);
      }
    }
  }

  private String print(int page) {
    long address = image.address(page);
    int kind = PageHeader.kind(address);
    long position = (long) page * image.geometry().pageBytes();
    line("page " + page + " at " + position + ": " + PageKind.name(kind));
    if (kind == PageKind.META) {
      line("magic " + (MetaPage.hasMagic(address) ? "right" : "wrong"));
      line("checksum " + (MetaPage.crcMatches(address) ? "right" : "wrong"));
      line(MetaPage.open(address).toString());
      return out.toString();
    }
    line("id " + PageHeader.pageId(address) + ", epoch " + PageHeader.generation(address));
    long pages = PageKind.isRun(kind) ? image.runPages(page) : 1;
    if (!image.contains(page + pages - 1)) {
      line("a run that does not fit in the file");
      return out.toString();
    }
    int crc = PageHeader.crc(address, pages * image.geometry().pageBytes());
    line("checksum " + (PageHeader.storedCrc(address) == crc ? "right" : "wrong"));
    printBody(page, kind);
    return out.toString();
  }

  private void printBody(int page, int kind) {
    switch (kind) {
      case PageKind.LEAF, PageKind.BRANCH -> printSlots(page, kind == PageKind.LEAF);
      case PageKind.OVERFLOW, PageKind.FREE_MAP ->
          line(RunPage.length(image.address(page)) + " bytes, " + image.runPages(page) + " pages");
      case PageKind.DIRECTORY -> printDirectory(page);
      default -> line("not a page of a tree");
    }
  }

  private void printDirectory(int page) {
    try {
      TreeDirectory.decode(image.payload(page)).forEach(row -> line(row.toString()));
    } catch (IllegalArgumentException e) {
      line("unreadable: " + e.getMessage());
    }
  }

  private void printSlots(int page, boolean leaf) {
    long address = image.address(page);
    line(
        "level "
            + PageHeader.level(address)
            + ", "
            + SlottedPage.count(address)
            + " cells, used "
            + SlottedPage.usedBytes(address)
            + " bytes, holes "
            + SlottedPage.holes(address));
    var findings = new Findings(image.geometry().pageBytes());
    if (!new PageCheck(image, findings).slots(page)) {
      findings.problems().forEach(problem -> line(problem.toString()));
      return;
    }
    for (int slot = 0; slot < SlottedPage.count(address); slot++) {
      long cell = SlottedPage.cell(address, slot);
      line(slot + ": " + (leaf ? leafCell(cell) : branchCell(cell)));
    }
  }

  private static String leafCell(long cell) {
    String value = LeafCell.valueLength(cell) + " bytes";
    if (LeafCell.valueOverflows(cell)) {
      value += " in run " + LeafCell.valueRun(cell);
    }
    String key = key(LeafCell.head(cell), cell + LeafCell.KEY_OFFSET, LeafCell.keyLength(cell));
    return key + (LeafCell.counted(cell) ? " counted, " : ", ") + value;
  }

  private static String branchCell(long cell) {
    String key =
        key(BranchCell.head(cell), cell + BranchCell.KEY_OFFSET, BranchCell.keyLength(cell));
    return "from "
        + key
        + ": page "
        + BranchCell.child(cell)
        + ", weighs "
        + BranchCell.weight(cell);
  }

  private static String key(long head, long keyAt, int length) {
    int shown = Math.min(CellKey.inline(head), KEY_BYTES_SHOWN);
    byte[] bytes = new byte[shown];
    Memory.copyOut(keyAt, bytes, 0, shown);
    String text = Key.of(bytes).toString();
    return '"' + text + '"' + (shown < length ? "... (" + length + " bytes)" : "");
  }

  private void line(String text) {
    out.append(text).append('\n');
  }
}
