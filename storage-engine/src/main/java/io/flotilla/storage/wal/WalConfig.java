package io.flotilla.storage.wal;

import io.flotilla.base.GroupId;

/// How a log is laid out.
///
/// @param group the owner; a log of another group is refused
/// @param segmentBytes size of a new segment: a multiple of 512, at least 4096. May change between
///     runs; existing segments keep their size
/// @param bufferBytes what the buffer for unsynced records keeps at least; it grows for a larger
///     batch and goes back afterwards
/// @param spareSegments recycled segments kept for reuse; more are deleted. At least 1
public record WalConfig(GroupId group, long segmentBytes, int bufferBytes, int spareSegments) {
  /// 64 MiB segments.
  public static final long DEFAULT_SEGMENT_BYTES = 64L << 20;

  public WalConfig {
    if (segmentBytes < 4096 || segmentBytes % Sector.BYTES != 0 || segmentBytes > 1L << 40) {
      throw new IllegalArgumentException(
          "segment bytes must be a multiple of 512 from 4096 to 2^40: " + segmentBytes);
    }
    if (bufferBytes < 4096 || bufferBytes > FrameBuffer.MAX_BYTES) {
      throw new IllegalArgumentException("buffer bytes must be 4 KiB to 256 MiB: " + bufferBytes);
    }
    if (spareSegments < 1) {
      throw new IllegalArgumentException("at least 1 spare segment: " + spareSegments);
    }
  }

  /// The defaults: 64 MiB segments, a buffer of 1 MiB, two spares.
  public static WalConfig of(GroupId group) {
    return new WalConfig(group, DEFAULT_SEGMENT_BYTES, 1 << 20, 2);
  }
}
