package io.flotilla.storage.page;

import static io.flotilla.base.Invariants.check;

/// The root of everything: pages 0 and 1, written in turn, so that one of them always is whole.
///
///     24        32       36        40         48      56
///     +---------+--------+---------+----------+-------+-------
///     | magic   | version| pageSize| sequence | epoch | ...
///     +---------+--------+---------+----------+-------+-------
///     56           60          64             68         72            76      508   512
///     +------------+-----------+--------------+----------+-------------+-- 0 --+-----+
///     | limitPages | directory | dirBytes     | freeMap  | freeMapBytes|       | crc |
///     +------------+-----------+--------------+----------+-------------+-------+-----+
///
/// All of it lies in the first 512 bytes, which a disk writes whole or not at all; the checksum is
/// the last thing in it. The header's own checksum is unused. The rest of the page is zero.
public final class MetaPage {
  public static final long MAGIC = 0x3145_4552_5454_4c46L; // "FLTTREE1" in file order
  public static final int FORMAT_VERSION = 1;
  public static final int SECTOR_BYTES = 512;

  static final int MAGIC_OFFSET = PageHeader.SIZE;
  static final int VERSION_OFFSET = MAGIC_OFFSET + Long.BYTES;
  static final int PAGE_BYTES_OFFSET = VERSION_OFFSET + Integer.BYTES;
  static final int SEQUENCE_OFFSET = PAGE_BYTES_OFFSET + Integer.BYTES;
  static final int EPOCH_OFFSET = SEQUENCE_OFFSET + Long.BYTES;
  static final int LIMIT_OFFSET = EPOCH_OFFSET + Long.BYTES;
  static final int DIRECTORY_OFFSET = LIMIT_OFFSET + Integer.BYTES;
  static final int DIRECTORY_BYTES_OFFSET = DIRECTORY_OFFSET + Integer.BYTES;
  static final int FREE_MAP_OFFSET = DIRECTORY_BYTES_OFFSET + Integer.BYTES;
  static final int FREE_MAP_BYTES_OFFSET = FREE_MAP_OFFSET + Integer.BYTES;
  static final int END_OFFSET = FREE_MAP_BYTES_OFFSET + Integer.BYTES;
  static final int CRC_OFFSET = SECTOR_BYTES - Integer.BYTES;

  static {
    check(END_OFFSET == 76, "the meta fields end at 76 in format version 1");
    check(END_OFFSET <= CRC_OFFSET, "the meta page's fields fit in a sector");
  }

  private MetaPage() {}

  /// Writes the whole page.
  public static void seal(long page, int pageId, Meta meta) {
    Memory.zero(page, meta.pageBytes());
    PageHeader.init(page, PageKind.META, 0, pageId, meta.epoch());
    Memory.putLong(page + MAGIC_OFFSET, MAGIC);
    Memory.putInt(page + VERSION_OFFSET, FORMAT_VERSION);
    Memory.putInt(page + PAGE_BYTES_OFFSET, meta.pageBytes());
    Memory.putLong(page + SEQUENCE_OFFSET, meta.sequence());
    Memory.putLong(page + EPOCH_OFFSET, meta.epoch());
    Memory.putInt(page + LIMIT_OFFSET, meta.limitPages());
    Memory.putInt(page + DIRECTORY_OFFSET, meta.directory().page());
    Memory.putInt(page + DIRECTORY_BYTES_OFFSET, meta.directory().length());
    Memory.putInt(page + FREE_MAP_OFFSET, meta.freeMap().page());
    Memory.putInt(page + FREE_MAP_BYTES_OFFSET, meta.freeMap().length());
    Memory.putInt(page + CRC_OFFSET, Memory.crc(page, CRC_OFFSET));
  }

  /// Reads what [#seal] wrote. `page` needs to be [#SECTOR_BYTES] long only.
  public static Meta open(long page) {
    return new Meta(
        pageBytes(page),
        Memory.getLong(page + SEQUENCE_OFFSET),
        Memory.getLong(page + EPOCH_OFFSET),
        Memory.getInt(page + LIMIT_OFFSET),
        new Meta.Run(
            Memory.getInt(page + DIRECTORY_OFFSET), Memory.getInt(page + DIRECTORY_BYTES_OFFSET)),
        new Meta.Run(
            Memory.getInt(page + FREE_MAP_OFFSET), Memory.getInt(page + FREE_MAP_BYTES_OFFSET)));
  }

  public static boolean hasMagic(long page) {
    return Memory.getLong(page + MAGIC_OFFSET) == MAGIC;
  }

  public static boolean crcMatches(long page) {
    return Memory.getInt(page + CRC_OFFSET) == Memory.crc(page, CRC_OFFSET);
  }

  public static int version(long page) {
    return Memory.getInt(page + VERSION_OFFSET);
  }

  public static int pageBytes(long page) {
    return Memory.getInt(page + PAGE_BYTES_OFFSET);
  }
}
