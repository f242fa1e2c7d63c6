package io.flotilla.storage.wal;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.port.DiskFile;
import io.flotilla.storage.wal.Sector.State;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads the frames of one segment from its start to its end and decides what the end is.
///
/// Never writes. Used by recovery and by the checker.
final class SegmentScan {
  /*
   * Torn or damaged?
   *
   * The log writes a frame only after the force of the frame before it returned, and acknowledges a
   * frame after its own force. So at any moment at most one frame, the last, is not acknowledged,
   * and only its sectors can be missing after power loss, in any subset. What a missing sector
   * shows instead is what was in its place before: zeros, or a sound sector of an earlier use of
   * the file. Both can be recognised, because every sector carries its own checksum and its
   * segment's number. Hence, at the place where frame F must begin:
   *
   * - every sector of F is there: F counts, acknowledged or not (recovery forces it).
   * - F's first sector is blank or stale, or it is there and another one is blank or stale: F was
   *   never forced, nobody was told that it was written. It is cut, and wiped before the log goes
   *   on, so that no sector of it can ever be mixed with those of the next frame F.
   * - a sector of F is neither sound nor an earlier content: no interrupted write leaves that. F
   *   may have been acknowledged, so this is damage, also when F is the last frame.
   * - F is not complete, but a sound sector of a later frame of this segment exists: that frame was
   *   written after F had been forced. Damage.
   * - the same for a later segment: the caller compares its position and chain with this one's end.
   *
   * Frames begin at a sector's edge: no write touches a sector that holds acknowledged records.
   */
  static final int WINDOW_BYTES = 64 << 10;

  private final Sector sector = new Sector();
  private final ByteBuffer window;
  private final DiskFile file;
  private final int sequence;
  private final int sectors;
  private int windowStart;
  private int windowCount;
  private int at;
  private int lastStart;
  private int frame;

  /// @param window memory to read through, of any whole number of sectors; shared with no scan that
  ///     is still used
  SegmentScan(DiskFile file, int sequence, ByteBuffer window) throws IOException {
    this.window = window.order(ByteOrder.LITTLE_ENDIAN);
    this.file = file;
    this.sequence = sequence;
    sectors = (int) Math.min(Integer.MAX_VALUE, file.size() / Sector.BYTES);
  }

  Path path() {
    return file.path();
  }

  int sequence() {
    return sequence;
  }

  /// Where the next frame begins, in sectors.
  int nextSector() {
    return at;
  }

  /// Where the last frame that was read begins, in sectors; 0 when there is none.
  int lastFrameSector() {
    return lastStart;
  }

  /// Number of the next frame in the segment.
  int nextFrame() {
    return frame;
  }

  int sectors() {
    return sectors;
  }

  /// The segment's header when its first frame is complete; empty when there is none yet.
  Optional<SegmentHeader> header() throws IOException {
    if (sectors == 0) {
      throw damage(0, "the segment is cut short: it has no header");
    }
    int first = load(0);
    State state = sector.state(window, first, sequence);
    if (state == State.DAMAGED) {
      checkMisnamed(first);
      throw damage(0, "the checksum of the segment header does not match");
    }
    if (state != State.CURRENT || Sector.frame(window, first) != 0) {
      return Optional.empty();
    }
    SegmentHeader header = SegmentHeader.readFrom(window, first, file.path());
    if (header.sequence() != sequence) {
      throw damageAt(SegmentHeader.SEQUENCE_OFFSET, "the header says segment " + header.sequence());
    }
    if (file.size() < header.bytes()) {
      throw damageAt(file.size(), "the segment is cut short: it had " + header.bytes() + " bytes");
    }
    return isComplete() ? Optional.of(header) : Optional.empty();
  }

  private void checkMisnamed(int first) {
    int own = Sector.sequence(window, first);
    if (own > sequence && sector.state(window, first, own) == State.CURRENT) {
      throw damageAt(
          Sector.SEQUENCE_OFFSET, "the file name says " + sequence + ", it holds " + own);
    }
  }

  /// The next frame, or null at the end of the segment's complete frames.
  ///
  /// @throws CorruptionException when the frame cannot be a complete or an interrupted write
  @Nullable FrameBody next() throws IOException {
    if (!isComplete()) {
      return null;
    }
    int total = Sector.left(window, load(at));
    int skip = frame == 0 ? 1 : 0;
    FrameBody body = new FrameBody(file.path(), at + skip, total - skip);
    for (int i = skip; i < total; i++) {
      body.add(window, load(at + i));
    }
    lastStart = at;
    at += total;
    frame++;
    return body;
  }

  /// Whether the frame at the present place is there as a whole; false when it was never forced.
  private boolean isComplete() throws IOException {
    if (at >= sectors) {
      return false;
    }
    int first = load(at);
    switch (sector.state(window, first, sequence)) {
      case BLANK, STALE -> {
        return false;
      }
      case DAMAGED -> throw damage(at, "the checksum of a sector does not match");
      case CURRENT -> {}
    }
    int total = Sector.left(window, first);
    int least = frame == 0 ? 2 : 1;
    if (Sector.frame(window, first) != frame || total < least || total > sectors - at) {
      throw damage(at, "a sector is not the start of frame " + frame);
    }
    for (int i = 1; i < total; i++) {
      int offset = load(at + i);
      switch (sector.state(window, offset, sequence)) {
        case BLANK, STALE -> {
          return false;
        }
        case DAMAGED -> throw damage(at + i, "the checksum of a sector does not match");
        case CURRENT -> {
          if (Sector.frame(window, offset) != frame || Sector.left(window, offset) != total - i) {
            throw damage(at + i, "a sector does not belong to frame " + frame);
          }
        }
      }
    }
    return true;
  }

  /// Looks behind the last complete frame. Returns the end, in sectors, of what an interrupted
  /// write left there; the place of the next frame when it left nothing.
  ///
  /// @throws CorruptionException when a later frame exists, which only a forced frame can have
  int endOfTorn() throws IOException {
    int end = at;
    for (int i = at; i < sectors; i++) {
      int offset = load(i);
      if (Sector.sequence(window, offset) != sequence) {
        continue;
      }
      end = i + 1;
      if (sector.state(window, offset, sequence) == State.CURRENT
          && Sector.frame(window, offset) != frame) {
        throw damage(
            at,
            "frame "
                + frame
                + " is not complete, but frame "
                + Sector.frame(window, offset)
                + " was written after it");
      }
    }
    return end;
  }

  /// The position in the window of a sector, read if necessary.
  private int load(int index) throws IOException {
    if (index < windowStart || index >= windowStart + windowCount) {
      window.clear();
      window.limit(Math.min(window.capacity() / Sector.BYTES, sectors - index) * Sector.BYTES);
      int bytes = file.read((long) index * Sector.BYTES, window);
      window.clear();
      windowStart = index;
      windowCount = bytes / Sector.BYTES;
      if (windowCount == 0) {
        throw damage(index, "the segment ends early");
      }
    }
    return (index - windowStart) * Sector.BYTES;
  }

  CorruptionException damage(int sectorIndex, String reason) {
    return damageAt((long) sectorIndex * Sector.BYTES, reason);
  }

  private CorruptionException damageAt(long offset, String reason) {
    return new CorruptionException(file.path(), offset, reason);
  }
}
