package io.flotilla.storage.btree;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.storage.page.Memory;
import java.lang.foreign.Arena;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Off-heap memory for dirty pages: slabs cut into blocks of 1, 2, 4, ... pages, each slab for one
/// block size at a time; a slab whose blocks are all back serves any size. Longer runs get memory
/// of their own. Owner thread; [#close] on any thread once nobody uses the memory.
final class PageMemory implements AutoCloseable {
  private static final int EMPTY_SLABS_KEPT = 32;
  private static final int ALIGNMENT = 64;

  private static final class Slab {
    final Arena arena = Arena.ofShared();
    final long base;
    int sizeClass;
    int used;
    int cut; // bytes handed out at least once since the slab got its size class
    long free; // a list through the first word of each free block; zero ends it
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
  private Slab[] slabs = new Slab[0]; // by base
  private final Map<Long, Arena> large = new HashMap<>();

  PageMemory(int pageBytes) {
    this.pageBytes = pageBytes;
    this.slabBytes = Math.max(256 << 10, 16 * pageBytes);
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
      slab = takeEmpty();
      slab.sizeClass = sizeClass;
      open[sizeClass] = link(slab, null);
    }
    int blockBytes = pageBytes << sizeClass;
    long block = slab.free;
    if (block != 0) {
      slab.free = Memory.getLong(block);
    } else {
      block = slab.base + slab.cut;
      slab.cut += blockBytes;
    }
    slab.used++;
    if (slab.free == 0 && slab.cut + blockBytes > slabBytes) {
      open[sizeClass] = unlink(slab, slab);
    }
    return block;
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
    boolean wasFull = slab.free == 0 && slab.cut + (pageBytes << sizeClass) > slabBytes;
    Memory.putLong(address, slab.free);
    slab.free = address;
    slab.used--;
    if (wasFull) {
      open[sizeClass] = link(slab, open[sizeClass]);
    }
    if (slab.used == 0) {
      open[sizeClass] = unlink(slab, open[sizeClass]);
      slab.free = 0;
      slab.cut = 0;
      empty = link(slab, empty);
      emptySlabs++;
    }
  }

  /// Gives memory back to the operating system beyond a small reserve.
  void trim() {
    while (emptySlabs > EMPTY_SLABS_KEPT) {
      Slab slab = takeEmpty();
      int at = indexOf(slab.base);
      Slab[] rest = new Slab[slabs.length - 1];
      System.arraycopy(slabs, 0, rest, 0, at);
      System.arraycopy(slabs, at + 1, rest, at, rest.length - at);
      slabs = rest;
      slab.arena.close();
    }
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

  private static int sizeClass(int pages) {
    return Integer.SIZE - Integer.numberOfLeadingZeros(pages - 1);
  }

  private Slab takeEmpty() {
    Slab slab = empty;
    if (slab != null) {
      empty = unlink(slab, slab);
      emptySlabs--;
      return slab;
    }
    slab = new Slab(slabBytes);
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
