package io.flotilla.storage.mvcc;

/// What one bounded step of a scan came to.
public enum ScanStep {
  /// The scan stands on an entry.
  ENTRY,
  /// The budget was used up between entries; step again, in this turn of the loop or a later one.
  PAUSED,
  /// There is nothing further; every later step says so again.
  END
}
