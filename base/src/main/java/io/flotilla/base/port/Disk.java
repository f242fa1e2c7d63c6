package io.flotilla.base.port;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// The file system as the storage engine uses it. What was written is durable only once the file
/// was forced; a created, renamed or deleted name only once its directory was.
public interface Disk {
  boolean exists(Path path) throws IOException;

  /// Names (not paths) in a directory, sorted; empty when the directory does not exist.
  List<String> list(Path directory) throws IOException;

  void createDirectories(Path directory) throws IOException;

  /// Opens for reading and writing; creates an empty file when there is none.
  DiskFile open(Path path) throws IOException;

  /// Opens an existing file for reading.
  DiskFile openForRead(Path path) throws IOException;

  /// Removes a file; does nothing when there is none.
  void delete(Path path) throws IOException;

  /// Replaces `to` with `from` in one step.
  void rename(Path from, Path to) throws IOException;

  /// Makes names in `directory` durable.
  void forceDirectory(Path directory) throws IOException;

  /// Bytes that can still be written on the file system that holds `path`.
  long usableBytes(Path path) throws IOException;

  /// Takes an exclusive lock on a file, creating it if necessary, held until closed or until the
  /// process ends.
  ///
  /// @throws IOException when another process holds it
  AutoCloseable lock(Path path) throws IOException;
}
