package io.flotilla.storage.page;

/// What a meta page says.
///
/// @param pageBytes the file's page size
/// @param sequence number of the checkpoint; it is in page `sequence % 2`
/// @param epoch the last epoch whose pages it can reach
/// @param limitPages pages from here on are not in use and not in the free map
/// @param directory names and roots of the trees; page 0 when there are none
/// @param freeMap one bit per page below the limit, set when free; page 0 when none is
public record Meta(
    int pageBytes, long sequence, long epoch, int limitPages, Run directory, Run freeMap) {

  /// A run of pages with `length` bytes of payload, beginning at `page`; page 0 stands for none.
  public record Run(int page, int length) {
    public static final Run NONE = new Run(0, 0);
  }

  /// The two pages of the meta pages are never free.
  public static final int META_PAGES = 2;

  public int slot() {
    return (int) (sequence % META_PAGES);
  }
}
