package io.flotilla.base;

import java.nio.file.Path;

/// A file does not hold what was written to it. The node refuses to start or halts; it never
/// serves from such a file.
public final class CorruptionException extends RuntimeException {
  private final String file;
  private final long offset;

  /// @param file the damaged file
  /// @param offset byte position of the damage, or where it was noticed
  /// @param reason what should have held
  public CorruptionException(Path file, long offset, String reason) {
    super(file + " is damaged at offset " + offset + ": " + reason);
    this.file = file.toString();
    this.offset = offset;
  }

  public String file() {
    return file;
  }

  public long offset() {
    return offset;
  }
}
