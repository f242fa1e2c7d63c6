package io.flotilla.storage.btree;

import java.nio.file.Path;

/// A file that is whole, but not one that this build with this configuration can open: another
/// program's file, a newer format, another page size.
public final class TreeFormatException extends RuntimeException {
  private final String file;

  public TreeFormatException(Path file, String reason) {
    super(file + " cannot be opened: " + reason);
    this.file = file.toString();
  }

  public String file() {
    return file;
  }
}
