package io.flotilla.storage.file;

import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/// A file could not grow because its file system (or a quota on it) is full. Part of the data may
/// have been written. The caller raises the NOSPACE alarm instead of treating it as a broken disk.
public final class DiskFullException extends IOException {
  private static final long serialVersionUID = 1;

  public DiskFullException(Path path, @Nullable Throwable cause) {
    super("no space left for " + path, cause);
  }

  /// The same failure as a [DiskFullException] when it says that space ran out, else unchanged.
  static IOException of(Path path, IOException failure) {
    String message = failure.getMessage();
    boolean full =
        message != null
            && (message.contains("No space left on device")
                || message.contains("Disk quota exceeded")
                || message.contains("not enough space"));
    return full ? new DiskFullException(path, failure) : failure;
  }
}
