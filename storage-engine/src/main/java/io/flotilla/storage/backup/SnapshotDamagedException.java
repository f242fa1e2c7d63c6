package io.flotilla.storage.backup;

/// A stream is not a snapshot, not whole, or not what was written. Nothing of it was installed.
public final class SnapshotDamagedException extends RuntimeException {
  private final long offset;

  /// @param offset bytes of the stream that were read when the damage was noticed
  /// @param reason what should have held
  public SnapshotDamagedException(long offset, String reason) {
    super("the snapshot is damaged at offset " + offset + ": " + reason);
    this.offset = offset;
  }

  public long offset() {
    return offset;
  }
}
