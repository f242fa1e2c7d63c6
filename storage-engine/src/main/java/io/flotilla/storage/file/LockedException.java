package io.flotilla.storage.file;

import java.io.IOException;
import java.nio.file.Path;

/// Another process owns the directory that a lock file stands for.
public final class LockedException extends IOException {
  private static final long serialVersionUID = 1;

  private LockedException(String message) {
    super(message);
  }

  static LockedException of(Path path) {
    return new LockedException(
        path
            + " is locked by another process: stop the node that uses this data directory,"
            + " or give this one a directory of its own");
  }
}
