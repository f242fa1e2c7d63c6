package io.flotilla.storage.wal;

import java.nio.file.Path;

/// An undamaged segment that this node must not use: it belongs to another group or has a format
/// that this version does not know.
public final class WalRefusedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  WalRefusedException(Path file, String reason) {
    super(file + ": " + reason);
  }
}
