package io.flotilla.base.port;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;

/// One open file. Positions and sizes are in bytes. Used by one thread at a time, except that
/// [#read] and a mapping may be used by any number of threads.
public interface DiskFile extends AutoCloseable {
  Path path();

  long size() throws IOException;

  /// Fills `target` from `position`; returns the bytes read, fewer only at the end of the file.
  int read(long position, ByteBuffer target) throws IOException;

  /// Writes everything that remains in `source`.
  void write(long position, ByteBuffer source) throws IOException;

  /// Makes everything written so far durable. With `metadata` also the file's size (fsync), without
  /// only what is needed to read the data back (fdatasync).
  ///
  /// A failure is final: the page cache may have dropped the data, so it is never tried again.
  void force(boolean metadata) throws IOException;

  /// Reserves space so that the file is at least `size` bytes and writing below that changes no
  /// metadata. The new part reads as zeros.
  void allocate(long size) throws IOException;

  void truncate(long size) throws IOException;

  /// Maps `[position, position + size)`, which must lie inside the file, for reading; later writes
  /// through [#write] are visible in it. Valid until `arena` is closed.
  MemorySegment map(long position, long size, Arena arena) throws IOException;

  @Override
  void close() throws IOException;
}
