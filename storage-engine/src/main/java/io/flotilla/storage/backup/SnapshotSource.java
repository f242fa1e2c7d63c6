package io.flotilla.storage.backup;

import java.io.IOException;
import java.nio.ByteBuffer;

/// Where the bytes of a snapshot come from, front to back.
@FunctionalInterface
public interface SnapshotSource {
  /// Puts at least one byte into `target`, which has room; returns how many, or -1 at the end.
  int read(ByteBuffer target) throws IOException;
}
