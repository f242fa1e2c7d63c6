package io.flotilla.storage.wal;

import java.nio.ByteBuffer;

/// Gets the records of a log in the order in which they were appended.
@FunctionalInterface
public interface WalVisitor {
  /// @param payload the record's bytes, little-endian; valid during the call only
  void onRecord(WalPlace place, int kind, ByteBuffer payload);
}
