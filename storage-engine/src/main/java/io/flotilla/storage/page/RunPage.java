package io.flotilla.storage.page;

/// A run: a header, then bytes through as many consecutive pages as needed, with no further
/// headers; the rest of the last page is zero.
public final class RunPage {
  private RunPage() {}

  /// Bytes of payload.
  public static int length(long page) {
    return Memory.getInt(page + PageHeader.RUN_BYTES_OFFSET);
  }

  public static void putLength(long page, int length) {
    Memory.putInt(page + PageHeader.RUN_BYTES_OFFSET, length);
  }

  /// The payload's address, contiguous only in memory that is.
  public static long payload(long page) {
    return page + PageHeader.SIZE;
  }
}
