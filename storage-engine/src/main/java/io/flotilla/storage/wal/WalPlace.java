package io.flotilla.storage.wal;

import io.flotilla.base.CorruptionException;
import java.nio.file.Path;

/// Where a record is.
///
/// @param file its segment
/// @param sequence the segment's number; segments count up from 1
/// @param record the record's number in the log's life, from 0
/// @param offset the byte in `file` at which the record begins
public record WalPlace(Path file, int sequence, long record, long offset) {
  /// The record has sound checksums, yet what it says cannot be.
  public CorruptionException corruption(String reason) {
    return new CorruptionException(file, offset, reason);
  }
}
