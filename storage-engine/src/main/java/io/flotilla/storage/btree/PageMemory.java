package io.flotilla.storage.btree;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkEqual;

import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Off-heap memory for dirty pages: slabs cut into blocks of 1, 2, 4, ... pages, each slab for one
/// block size at a time; a slab whose blocks are all back serves any size. Longer runs get memory
/// of their own. Owner thread; [#close] on any thread once nobody uses the memory.
final class PageMemory implements AutoCloseable {
  private static final int SLAB_BYTES = 256 << 10;
  private static final int EMPTY_SLABS_KEPT = 32;
  private static final int SLABS_TRIMMED = 32;
  private static final int ALIGNMENT = 64;

  private static final class Slab {
    final Arena arena = Arena.ofShared();
    final long base;
    int sizeClass;
    long free; // bit b is set when block b is free
    long all; // the value of `free` when every block is
    @Nullable Slab next;
    @Nullable Slab previous;

    Slab(long bytes) {
      base = arena.allocate(bytes, ALIGNMENT).address();
    }
  }

  private final int pageBytes;
  private final int slabBytes;
  private final @Nullable Slab[] open; // per size class: slabs with a free block
  private @Nullable Slab empty;
  private int emptySlabs;
  private int peakSlabs; // most slabs that were in use at a time since the last trim
  private Slab[] slabs = new Slab[0]; // by base
  private final Map<Long, Arena> large = new HashMap<>();

  PageMemory(int pageBytes) {
    this.pageBytes = pageBytes;
    this.slabBytes = Math.clamp(SLAB_BYTES, 16 * pageBytes, Long.SIZE * pageBytes);
    this.open = new Slab[Integer.numberOfTrailingZeros(slabBytes / pageBytes)];
  }

  /// Memory for `pages` pages in a row; its content is undefined.
  long allocate(int pages) {
    int sizeClass = sizeClass(pages);
    if (sizeClass >= open.length) {
      Arena arena = Arena.ofShared();
      long address = arena.allocate((long) pages * pageBytes, ALIGNMENT).address();
      large.put(address, arena);
      return address;
    }
    Slab slab = open[sizeClass];
    if (slab == null) {
      slab = takeSlab();
      slab.sizeClass = sizeClass;
      slab.all = -1L >>> Long.SIZE - slabBytes / (pageBytes << sizeClass);
      slab.free = slab.all;
      open[sizeClass] = link(slab, null);
    }
    int block = Long.numberOfTrailingZeros(slab.free);
    slab.free &= slab.free - 1;
    if (slab.free == 0) {
      open[sizeClass] = unlink(slab, slab);
    }
    return slab.base + (long) block * (pageBytes << sizeClass);
  }

  void release(long address, int pages) {
    int sizeClass = sizeClass(pages);
    if (sizeClass >= open.length) {
      Arena arena = large.remove(address);
      check(arena != null, "released memory was allocated");
      arena.close();
      return;
    }
    Slab slab = slabOf(address);
    checkEqual(slab.sizeClass, sizeClass, "a block goes back with the size it was taken with");
    long bit = 1L << (address - slab.base) / (pageBytes << sizeClass);
    check((slab.free & bit) == 0, "a block goes back once");
    if (slab.free == 0) {
      open[sizeClass] = link(slab, open[sizeClass]);
    }
    slab.free |= bit;
    if (slab.free == slab.all) {
      open[sizeClass] = unlink(slab, open[sizeClass]);
      slab.sizeClass = -1;
      empty = link(slab, empty);
      emptySlabs++;
    }
  }

  /// Gives some memory back to the operating system if there is more than a small reserve and more
  /// than what was needed since the last call: getting memory anew costs a page fault and zeroing
  /// for each page. Closing an arena takes its time, so that one call does not do everything.
  void trim() {
    int kept = Math.max(EMPTY_SLABS_KEPT, peakSlabs - slabsInUse());
    peakSlabs = slabsInUse();
    for (int i = 0; i < SLABS_TRIMMED && empty != null && emptySlabs > kept; i++) {
      giveBack(takeEmpty(empty));
    }
  }

  private void giveBack(Slab slab) {
    int at = indexOf(slab.base);
    Slab[] rest = new Slab[slabs.length - 1];
    System.arraycopy(slabs, 0, rest, 0, at);
    System.arraycopy(slabs, at + 1, rest, at, rest.length - at);
    slabs = rest;
    slab.arena.close();
  }

  @Override
  public void close() {
    for (Slab slab : slabs) {
      slab.arena.close();
    }
    large.values().forEach(Arena::close);
    slabs = new Slab[0];
    large.clear();
  }

  private int slabsInUse() {
    return slabs.length - emptySlabs;
  }

  private static int sizeClass(int pages) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(pages - 1);
  }

  /// A slab for blocks of one size.
  private Slab takeSlab() {
    Slab slab = empty != null ? takeEmpty(empty) : addSlab();
    peakSlabs = Math.max(peakSlabs, slabsInUse());
    return slab;
  }

  private Slab takeEmpty(Slab slab) {
    empty = unlink(slab, slab);
    emptySlabs--;
    return slab;
  }

  private Slab addSlab() {
    Slab slab = new Slab(slabBytes);
    int at = -1 - indexOf(slab.base);
    Slab[] more = Arrays.copyOf(slabs, slabs.length + 1);
    System.arraycopy(slabs, at, more, at + 1, slabs.length - at);
    more[at] = slab;
    slabs = more;
    return slab;
  }

  private Slab slabOf(long address) {
    int at = indexOf(address);
    Slab slab = slabs[at >= 0 ? at : -2 - at];
    check(address - slab.base < slabBytes, "released memory lies in a slab");
    return slab;
  }

  private int indexOf(long base) {
    int low = 0;
    int high = slabs.length - 1;
    while (low <= high) {
      int middle = (low + high) >>> 1;
      int order = Long.compare(slabs[middle].base, base);
      if (order == 0) {
        return middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle - 1;
      }
    }
    return -1 - low;
  }

  /// Puts a slab in front of a list; returns the new head.
  private static Slab link(Slab slab, @Nullable Slab head) {
    slab.previous = null;
    slab.next = head;
    if (head != null) {
      head.previous = slab;
    }
    return slab;
  }

  /// Takes a slab out of a list; returns the new head.
  private static @Nullable Slab unlink(Slab slab, @Nullable Slab head) {
    Slab next = slab.next;
    Slab previous = slab.previous;
    if (next != null) {
      next.previous = previous;
    }
    if (previous != null) {
      previous.next = next;
    }
    slab.next = null;
    slab.previous = null;
    return slab == head ? next : head;
  }
}
