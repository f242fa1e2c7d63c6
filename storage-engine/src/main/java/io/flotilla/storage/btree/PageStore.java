package io.flotilla.storage.btree;

import static io.flotilla.base.Invariants.check;

import io.flotilla.storage.page.Memory;
import io.flotilla.storage.page.PageGeometry;
import io.flotilla.storage.page.PageHeader;
import io.flotilla.storage.page.PageKind;
import io.flotilla.storage.page.RunPage;
import io.flotilla.storage.page.SlottedPage;

/// The pages of one file as its single writer sees them: makes, copies and drops pages, and knows
/// which of them are dirty. Owner thread.
final class PageStore implements AutoCloseable {
  private final PageGeometry geometry;
  private final PageTable table = new PageTable();
  private final MappedFile file;
  private final PageReader reader;
  private final PageMemory memory;
  private final PageSpace space = new PageSpace();
  private final EpochHolds pageHolds = new EpochHolds(this::reclaimPages);
  private final EpochHolds memoryHolds = new EpochHolds(this::reclaimMemory);
  private final long scratch;
  private PageBitmap dirty = new PageBitmap(); // pages and heads of runs made since the last freeze
  private long dirtyPages;
  private long epoch;

  PageStore(MappedFile file, PageGeometry geometry, long epoch) {
    this.file = file;
    this.geometry = geometry;
    this.epoch = epoch;
    this.reader = new PageReader(table, file, true);
    this.memory = new PageMemory(geometry.pageBytes());
    this.scratch = memory.allocate(1);
  }

  PageGeometry geometry() {
    return geometry;
  }

  PageReader reader() {
    return reader;
  }

  /// A reader for another thread, for pages of a frozen state.
  PageReader viewReader() {
    return new PageReader(table, file, false);
  }

  PageSpace space() {
    return space;
  }

  EpochHolds pageHolds() {
    return pageHolds;
  }

  EpochHolds memoryHolds() {
    return memoryHolds;
  }

  /// The epoch of the pages that are made now.
  long epoch() {
    return epoch;
  }

  /// Freezes the present state and returns its epoch: no page that exists now changes in place.
  long freeze() {
    return epoch++;
  }

  long address(int page) {
    return reader.address(page);
  }

  boolean writable(long address) {
    return PageHeader.generation(address) == epoch;
  }

  /// One page that is never part of a tree, for rebuilding others.
  long scratch() {
    return scratch;
  }

  /// Makes an empty slotted page.
  int newPage(int kind, int level) {
    int page = space.allocate(1);
    long address = memory.allocate(1);
    Memory.zero(address, geometry.pageBytes());
    PageHeader.init(address, kind, level, page, epoch);
    addDirty(page, 1, address);
    return page;
  }

  /// Makes a page with the content of `page`, which is dropped.
  int copy(int page) {
    long from = address(page);
    int copy = space.allocate(1);
    long address = memory.allocate(1);
    Memory.copy(from, address, geometry.pageBytes());
    PageHeader.renew(address, copy, epoch);
    addDirty(copy, 1, address);
    drop(page, 1, PageHeader.generation(from));
    return copy;
  }

  /// Makes a run with `length` bytes from `bytes`.
  int newRun(byte[] bytes, int from, int length) {
    int pages = geometry.runPages(length);
    int page = space.allocate(pages);
    long address = memory.allocate(pages);
    PageHeader.init(address, PageKind.OVERFLOW, 0, page, epoch);
    RunPage.putLength(address, length);
    Memory.copyIn(bytes, from, RunPage.payload(address), length);
    long end = PageHeader.SIZE + (long) length;
    Memory.zero(address + end, (long) pages * geometry.pageBytes() - end);
    addDirty(page, pages, address);
    return page;
  }

  /// Makes a run with the content of `run`, which is dropped.
  int copyRun(int run) {
    int length = RunPage.length(address(run));
    byte[] bytes = new byte[length];
    reader.copyRun(run, 0, bytes, 0, length);
    int copy = newRun(bytes, 0, length);
    dropRun(run, length);
    return copy;
  }

  /// Whether a run may be changed in place; never reads the file.
  boolean runWritable(int run) {
    long entry = table.get(run);
    return (entry & PageTable.IN_MEMORY) != 0 && writable(entry & ~PageTable.IN_MEMORY);
  }

  void dropPage(int page) {
    drop(page, 1, PageHeader.generation(address(page)));
  }

  /// Drops a run without reading it from the file.
  void dropRun(int run, int length) {
    long entry = table.get(run);
    boolean inMemory = (entry & PageTable.IN_MEMORY) != 0;
    long birth = inMemory ? PageHeader.generation(entry & ~PageTable.IN_MEMORY) : 0;
    drop(run, geometry.runPages(length), birth);
  }

  private void drop(int page, int count, long birth) {
    space.drop(page, count);
    if (dirty.contains(page)) {
      dirty.remove(page);
      dirtyPages -= count;
    }
    pageHolds.retire(page, count, birth, epoch);
  }

  private void addDirty(int page, int count, long address) {
    table.put(page, address | PageTable.IN_MEMORY);
    dirty.add(page);
    dirtyPages += count;
  }

  private void reclaimPages(long page, int count) {
    int id = (int) page;
    long entry = table.get(id);
    if ((entry & PageTable.IN_MEMORY) != 0) {
      memory.release(entry & ~PageTable.IN_MEMORY, count);
    }
    table.clear(id);
    space.release(id, count);
  }

  private void reclaimMemory(long address, int count) {
    memory.release(address, count);
  }

  /// Removes the holes of a slotted page.
  void compact(long page) {
    int pageBytes = geometry.pageBytes();
    boolean leaf = PageHeader.kind(page) == PageKind.LEAF;
    Memory.copy(page, scratch, pageBytes);
    SlottedPage.clear(page);
    int count = SlottedPage.count(scratch);
    for (int slot = 0; slot < count; slot++) {
      long cell = SlottedPage.cell(scratch, slot);
      SlottedPage.append(page, pageBytes, cell, CellBytes.of(cell, leaf));
    }
  }

  /// Bytes of dirty pages that no checkpoint has taken yet.
  long dirtyPages() {
    return dirtyPages;
  }

  /// Hands over the pages to write, in ascending order of ids, and starts a new set.
  PageBitmap takeDirty() {
    PageBitmap taken = dirty;
    dirty = new PageBitmap();
    dirtyPages = 0;
    return taken;
  }

  /// Takes pages back that a failed checkpoint did not write.
  void returnDirty(PageBitmap pages) {
    for (int page = pages.next(0); page >= 0; page = pages.next(page + 1)) {
      if (space.isUsed(page)) {
        dirty.add(page);
        dirtyPages += pagesAt(memoryAddress(page));
      }
    }
  }

  /// The address of a page that was made in memory and not written yet. Any thread, for pages of a
  /// frozen dirty set.
  long memoryAddress(int page) {
    long entry = table.get(page);
    check((entry & PageTable.IN_MEMORY) != 0, "a dirty page is in memory");
    return entry & ~PageTable.IN_MEMORY;
  }

  /// Pages of the page or run at an address.
  int pagesAt(long address) {
    return PageHeader.kind(address) == PageKind.OVERFLOW
        ? geometry.runPages(RunPage.length(address))
        : 1;
  }

  /// These pages are in the file now: from here on they are read there.
  void becameClean(PageBatch.Written written) {
    for (int i = 0; i < written.size(); i++) {
      int page = written.pages()[i];
      long address = memoryAddress(page);
      table.put(page, file.address(page));
      memoryHolds.retire(address, written.counts()[i], written.births()[i], epoch);
    }
    memory.trim();
  }

  @Override
  public void close() {
    memory.close();
  }
}
