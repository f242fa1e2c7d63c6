package io.flotilla.storage.page;

import static io.flotilla.base.Invariants.check;

/// The first 24 bytes of every page, or of a run of pages. Little-endian. Format version 1,
/// docs/format.md.
///
///     0       4    5    6    8        12     14      16               24
///     +-------+----+----+----+--------+------+-------+----------------+-- body --
///     | crc   |kind|lvl |cnt | pageId | heap | holes | generation     |
///     +-------+----+----+----+--------+------+-------+----------------+----------
///                                     | run: bytes   |
///
/// The checksum covers everything after itself, to the end of the page or of the run's last page.
/// `generation` is the epoch in which the page was made: a page may be changed in place only in the
/// same epoch.
public final class PageHeader {
  static final int CRC_OFFSET = 0;
  static final int KIND_OFFSET = CRC_OFFSET + Integer.BYTES;
  static final int LEVEL_OFFSET = KIND_OFFSET + Byte.BYTES;
  static final int COUNT_OFFSET = LEVEL_OFFSET + Byte.BYTES;
  static final int PAGE_ID_OFFSET = COUNT_OFFSET + Short.BYTES;
  static final int HEAP_OFFSET = PAGE_ID_OFFSET + Integer.BYTES;
  static final int HOLES_OFFSET = HEAP_OFFSET + Short.BYTES;
  static final int GENERATION_OFFSET = HOLES_OFFSET + Short.BYTES;
  public static final int SIZE = GENERATION_OFFSET + Long.BYTES;

  /// A run has its length in bytes where a slotted page has its heap figures.
  static final int RUN_BYTES_OFFSET = HEAP_OFFSET;

  static {
    check(SIZE == 24, "the header is 24 bytes in format version 1");
    check(GENERATION_OFFSET % Long.BYTES == 0, "the generation is 8-byte aligned");
  }

  private PageHeader() {}

  public static int kind(long page) {
    return Memory.getByte(page + KIND_OFFSET);
  }

  /// Zero for a leaf, one more than its children for a branch.
  public static int level(long page) {
    return Memory.getByte(page + LEVEL_OFFSET);
  }

  public static int pageId(long page) {
    return Memory.getInt(page + PAGE_ID_OFFSET);
  }

  public static long generation(long page) {
    return Memory.getLong(page + GENERATION_OFFSET);
  }

  /// Starts a page: everything behind the header must be zeroed by the caller if it matters.
  public static void init(long page, int kind, int level, int pageId, long generation) {
    Memory.putInt(page + CRC_OFFSET, 0);
    Memory.putByte(page + KIND_OFFSET, kind);
    Memory.putByte(page + LEVEL_OFFSET, level);
    Memory.putShort(page + COUNT_OFFSET, 0);
    Memory.putInt(page + PAGE_ID_OFFSET, pageId);
    Memory.putInt(page + HEAP_OFFSET, 0);
    Memory.putLong(page + GENERATION_OFFSET, generation);
  }

  /// Makes a copied page the page `pageId` of the present epoch.
  public static void renew(long page, int pageId, long generation) {
    Memory.putInt(page + PAGE_ID_OFFSET, pageId);
    Memory.putLong(page + GENERATION_OFFSET, generation);
  }

  public static int storedCrc(long page) {
    return Memory.getInt(page + CRC_OFFSET);
  }

  public static void putCrc(long page, int crc) {
    Memory.putInt(page + CRC_OFFSET, crc);
  }

  /// The checksum over a page or a contiguous run of `bytes` bytes.
  public static int crc(long page, long bytes) {
    return Memory.crc(page + KIND_OFFSET, bytes - KIND_OFFSET);
  }
}
