package io.flotilla.storage.check;

import io.flotilla.storage.btree.TreeDirectory;
import io.flotilla.storage.page.BranchCell;
import io.flotilla.storage.page.CellKey;
import io.flotilla.storage.page.LeafCell;
import io.flotilla.storage.page.Meta;
import io.flotilla.storage.page.PageHeader;
import io.flotilla.storage.page.PageKind;
import io.flotilla.storage.page.RunPage;
import io.flotilla.storage.page.SlottedPage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Checks everything that one meta page reaches.
final class StateWalk {
  private final PageImage image;
  private final Meta meta;
  private final Findings findings;
  private final PageCheck pages;
  private final BitSet reached = new BitSet();
  private final List<TreeStats> trees = new ArrayList<>();
  private int freePages;

  /// What is counted below one page.
  private static final class Tally {
    long entries;
    long counted;
    long leafPages;
    long leafBytes;
    long branchPages;
    long overflowPages;
  }

  StateWalk(PageImage image, Meta meta, Findings findings) {
    this.image = image;
    this.meta = meta;
    this.findings = findings;
    this.pages = new PageCheck(image, findings);
  }

  void run() {
    if (!findings.require(
        meta.limitPages() >= Meta.META_PAGES && meta.limitPages() <= image.pages(),
        meta.slot(),
        "the file holds the " + meta.limitPages() + " pages that its meta page names")) {
      return;
    }
    reached.set(0, Meta.META_PAGES);
    byte[] directory = readRun(meta.directory(), PageKind.DIRECTORY);
    byte[] freeMap = readRun(meta.freeMap(), PageKind.FREE_MAP);
    List<TreeDirectory.Row> rows = List.of();
    try {
      rows = TreeDirectory.decode(directory);
    } catch (IllegalArgumentException e) {
      findings.add(meta.directory().page(), "the directory can be read: " + e.getMessage());
    }
    rows.forEach(this::walkTree);
    compare(freeMap);
  }

  int usedPages() {
    return reached.cardinality();
  }

  int freePages() {
    return freePages;
  }

  List<TreeStats> trees() {
    return trees;
  }

  private byte[] readRun(Meta.Run run, int kind) {
    if (run.page() == 0) {
      return new byte[0];
    }
    if (!enter(run.page(), kind)) {
      return new byte[0];
    }
    boolean right = RunPage.length(image.address(run.page())) == run.length();
    findings.require(right, run.page(), "a run is as long as its meta page says");
    return image.payload(run.page());
  }

  private void walkTree(TreeDirectory.Row row) {
    var tally = new Tally();
    if (row.root() == 0) {
      findings.require(row.depth() == 0, -1, row.name() + ": an empty tree has no depth");
    } else {
      walk(row.root(), row.depth() - 1, null, null, tally);
    }
    findings.require(
        tally.entries == row.entries(),
        row.root(),
        row.name()
            + " has the number of entries that the directory names: "
            + tally.entries
            + ", "
            + row.entries());
    findings.require(
        tally.counted == row.counted(),
        row.root(),
        row.name()
            + " has the number of counted entries that the directory names: "
            + tally.counted
            + ", "
            + row.counted());
    trees.add(
        new TreeStats(
            row.name(),
            row.depth(),
            tally.entries,
            tally.counted,
            tally.leafPages,
            tally.leafBytes,
            tally.branchPages,
            tally.overflowPages));
  }

  /// Reaches a page or run for the first time.
  private boolean enter(int page, int kind) {
    if (page < Meta.META_PAGES || page >= meta.limitPages()) {
      findings.add(page, "a reference points into the file");
      return false;
    }
    if (!pages.header(page, kind, meta.epoch())) {
      reached.set(page);
      return false;
    }
    int count = PageKind.isRun(kind) ? (int) image.runPages(page) : 1;
    int twice = reached.nextSetBit(page);
    if (twice >= 0 && twice < page + count) {
      findings.add(twice, "a page is reached once");
      return false;
    }
    reached.set(page, page + count);
    return true;
  }

  /// Keys below `page` are in `[low, high)`; null is unbounded. Returns the counted entries.
  private long walk(
      int page, int level, byte @Nullable [] low, byte @Nullable [] high, Tally tally) {
    boolean leaf = level == 0;
    if (!enter(page, leaf ? PageKind.LEAF : PageKind.BRANCH) || !pages.slots(page)) {
      return 0;
    }
    long address = image.address(page);
    findings.require(PageHeader.level(address) == level, page, "a page has its level");
    findings.require(SlottedPage.count(address) > 0, page, "a page of a tree is not empty");
    if (leaf) {
      tally.leafPages++;
      tally.leafBytes += SlottedPage.usedBytes(address);
      return walkLeaf(page, low, high, tally);
    }
    tally.branchPages++;
    return walkBranch(page, level, low, high, tally);
  }

  private long walkLeaf(int page, byte @Nullable [] low, byte @Nullable [] high, Tally tally) {
    long address = image.address(page);
    long weight = 0;
    byte[] before = null;
    for (int slot = 0; slot < SlottedPage.count(address); slot++) {
      long cell = SlottedPage.cell(address, slot);
      boolean readable = overflow(page, LeafCell.head(cell), LeafCell.KEY_OFFSET, cell, tally);
      if (LeafCell.valueOverflows(cell)) {
        run(page, LeafCell.valueRun(cell), LeafCell.valueLength(cell), tally);
      }
      if (readable) {
        byte[] key = image.leafKey(cell);
        ordered(page, before, key, low, high);
        before = key;
      }
      weight += LeafCell.counted(cell) ? 1 : 0;
      tally.entries++;
    }
    tally.counted += weight;
    return weight;
  }

  private long walkBranch(
      int page, int level, byte @Nullable [] low, byte @Nullable [] high, Tally tally) {
    long address = image.address(page);
    int count = SlottedPage.count(address);
    byte[][] keys = new byte[count][];
    for (int slot = 0; slot < count; slot++) {
      long cell = SlottedPage.cell(address, slot);
      if (!overflow(page, BranchCell.head(cell), BranchCell.KEY_OFFSET, cell, tally)) {
        return 0;
      }
      keys[slot] = image.branchKey(cell);
      if (slot == 0) {
        findings.require(keys[0].length == 0, page, "the first child has no lower bound");
      } else {
        ordered(page, slot == 1 ? null : keys[slot - 1], keys[slot], low, high);
      }
    }
    long sum = 0;
    for (int slot = 0; slot < count; slot++) {
      long cell = SlottedPage.cell(address, slot);
      byte[] from = slot == 0 ? low : keys[slot];
      byte[] to = slot + 1 < count ? keys[slot + 1] : high;
      long weight = walk(BranchCell.child(cell), level - 1, from, to, tally);
      if (weight != BranchCell.weight(cell)) {
        findings.add(
            page, "child " + slot + " weighs " + BranchCell.weight(cell) + ", holds " + weight);
      }
      sum += weight;
    }
    return sum;
  }

  private void ordered(
      int page,
      byte @Nullable [] before,
      byte[] key,
      byte @Nullable [] low,
      byte @Nullable [] high) {
    findings.require(
        before == null || Arrays.compareUnsigned(before, key) < 0, page, "keys ascend");
    findings.require(
        low == null || Arrays.compareUnsigned(low, key) <= 0,
        page,
        "keys are not below the bound that the branch names");
    findings.require(
        high == null || Arrays.compareUnsigned(key, high) < 0,
        page,
        "keys are below the bound of the next child");
  }

  /// Whether the cell's key can be read.
  private boolean overflow(int page, long head, int keyOffset, long cell, Tally tally) {
    if (!CellKey.overflows(head)) {
      return true;
    }
    long keyAt = cell + keyOffset;
    int rest = CellKey.length(head, keyAt) - CellKey.inline(head);
    return run(page, CellKey.run(head, keyAt), rest, tally);
  }

  private boolean run(int owner, int run, int length, Tally tally) {
    if (!enter(run, PageKind.OVERFLOW)) {
      findings.add(owner, "a cell refers to a run");
      return false;
    }
    tally.overflowPages += image.runPages(run);
    int actual = RunPage.length(image.address(run));
    return findings.require(
        actual == length, owner, "a run has the length that its cell names: " + length);
  }

  /// Every page below the limit is reached or free, not both, not neither.
  private void compare(byte[] freeMap) {
    for (int page = 0; page < meta.limitPages(); page++) {
      boolean free = page >>> 3 < freeMap.length && (freeMap[page >>> 3] & 1 << (page & 7)) != 0;
      freePages += free ? 1 : 0;
      if (free == reached.get(page)) {
        findings.add(page, free ? "a free page is not reached" : "an unreached page is free");
      }
    }
  }
}
