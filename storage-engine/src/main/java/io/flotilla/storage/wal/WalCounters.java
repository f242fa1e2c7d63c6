package io.flotilla.storage.wal;

/// Figures of one log since it was opened.
///
/// @param bytesWritten bytes handed to the disk by syncs
/// @param syncs forces of the log
/// @param lastSyncNanos how long the last write and force took together
/// @param segments segments in use
/// @param spareSegments files that wait to become one
public record WalCounters(
    long bytesWritten, long syncs, long lastSyncNanos, int segments, int spareSegments) {
  static final WalCounters NONE = new WalCounters(0, 0, 0, 0, 0);
}
