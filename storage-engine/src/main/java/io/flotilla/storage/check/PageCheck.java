package io.flotilla.storage.check;

import io.flotilla.storage.page.BranchCell;
import io.flotilla.storage.page.CellKey;
import io.flotilla.storage.page.LeafCell;
import io.flotilla.storage.page.PageHeader;
import io.flotilla.storage.page.PageKind;
import io.flotilla.storage.page.SlottedPage;
import java.util.Arrays;

/// What must hold inside one page, whatever points to it.
final class PageCheck {
  private final PageImage image;
  private final Findings findings;

  PageCheck(PageImage image, Findings findings) {
    this.image = image;
    this.findings = findings;
  }

  /// Identity, kind, epoch and checksum.
  boolean header(int page, int kind, long maxGeneration) {
    long address = image.address(page);
    int found = PageHeader.kind(address);
    if (found != kind) {
      findings.add(page, "a " + PageKind.name(kind) + " is here, not " + PageKind.name(found));
      return false;
    }
    long pages = PageKind.isRun(kind) ? image.runPages(page) : 1;
    if (!findings.require(image.contains(page + pages - 1), page, "a run ends inside the file")) {
      return false;
    }
    long bytes = pages * image.geometry().pageBytes();
    int crc = PageHeader.crc(address, bytes);
    return findings.require(PageHeader.storedCrc(address) == crc, page, "the checksum matches")
        && findings.require(PageHeader.pageId(address) == page, page, "the page is its own place")
        && findings.require(
            PageHeader.generation(address) <= maxGeneration, page, "no page is of a later epoch");
  }

  /// Slots point to cells that fill the heap without overlap.
  boolean slots(int page) {
    long address = image.address(page);
    int pageBytes = image.geometry().pageBytes();
    int count = SlottedPage.count(address);
    int heap = SlottedPage.heap(address);
    if (PageHeader.SIZE + count * SlottedPage.SLOT_BYTES + heap > pageBytes) {
      findings.add(page, "slots and heap fit in the page");
      return false;
    }
    boolean leaf = PageHeader.kind(address) == PageKind.LEAF;
    long[] cells = new long[count];
    int used = 0;
    for (int slot = 0; slot < count; slot++) {
      long cell = SlottedPage.cell(address, slot);
      int offset = (int) (cell - address);
      int fixed = leaf ? LeafCell.KEY_OFFSET : BranchCell.KEY_OFFSET;
      if (offset < pageBytes - heap || offset + fixed > pageBytes || !fits(address, cell, leaf)) {
        findings.add(page, offset, "slot " + slot + " points to a cell in the heap");
        return false;
      }
      int bytes = leaf ? LeafCell.bytes(cell) : BranchCell.bytes(cell);
      used += bytes;
      cells[slot] = (long) offset << Integer.SIZE | bytes;
    }
    Arrays.sort(cells);
    for (int i = 1; i < count; i++) {
      long end = (cells[i - 1] >>> Integer.SIZE) + (int) cells[i - 1];
      if (end > cells[i] >>> Integer.SIZE) {
        findings.add(page, (int) (cells[i] >>> Integer.SIZE), "cells do not overlap");
        return false;
      }
    }
    return findings.require(
        used + SlottedPage.holes(address) == heap, page, "cells and holes make up the heap");
  }

  private boolean fits(long page, long cell, boolean leaf) {
    int bytes = leaf ? LeafCell.bytes(cell) : BranchCell.bytes(cell);
    long head = leaf ? LeafCell.head(cell) : BranchCell.head(cell);
    int limit = leaf ? image.geometry().cellBytes() : image.geometry().pageBytes();
    return cell - page + bytes <= image.geometry().pageBytes()
        && bytes <= limit
        && CellKey.inline(head) <= image.geometry().keyBytes();
  }
}
