package io.flotilla.storage.page;

/// The sizes that follow from the page size.
///
/// @param pageBytes a power of two from 4096 to 65536
/// @param keyBytes the longest key that is stored inside its page
/// @param keyPrefixBytes the part of a longer key that stays in the page; the rest is a run
/// @param cellBytes the longest leaf cell: two fit in a page, so that a split always finds room
public record PageGeometry(int pageBytes, int keyBytes, int keyPrefixBytes, int cellBytes) {
  public static final int MIN_PAGE_BYTES = 4096;
  public static final int MAX_PAGE_BYTES = 65536;

  /// The longest key or value in bytes.
  public static final int MAX_LENGTH = 1 << 28;

  public static PageGeometry of(int pageBytes) {
    if (!isPageSize(pageBytes)) {
      throw new IllegalArgumentException(
          "page size must be a power of two from 4096 to 65536: " + pageBytes);
    }
    int keyBytes = Math.min(pageBytes / 8, 4096);
    int cellBytes = (pageBytes - PageHeader.SIZE) / 2 - SlottedPage.SLOT_BYTES;
    return new PageGeometry(pageBytes, keyBytes, keyBytes / 2, cellBytes);
  }

  public static boolean isPageSize(int pageBytes) {
    return pageBytes >= MIN_PAGE_BYTES
        && pageBytes <= MAX_PAGE_BYTES
        && Integer.bitCount(pageBytes) == 1;
  }

  /// Bytes of a slotted page for slots and cells.
  public int capacity() {
    return pageBytes - PageHeader.SIZE;
  }

  /// Pages that a run with `length` bytes of payload takes.
  public int runPages(long length) {
    return Math.toIntExact((PageHeader.SIZE + length + pageBytes - 1) / pageBytes);
  }

  public boolean keyOverflows(int keyLength) {
    return keyLength > keyBytes;
  }

  /// How much of a key is stored in its cell.
  public int inlineKeyBytes(int keyLength) {
    return keyOverflows(keyLength) ? keyPrefixBytes : keyLength;
  }
}
