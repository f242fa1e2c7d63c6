package io.flotilla.storage.wal;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.port.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;

/// The segment that is written at present.
final class Segment {
  /// What the page cache keeps as one piece, 4 KiB.
  static final int PAGE_SECTORS = 8;

  private final DiskFile file;
  private final int sequence;
  private int sectors;
  private int nextSector;
  private int nextFrame;

  Segment(DiskFile file, int sequence, int sectors, int nextSector, int nextFrame) {
    this.file = file;
    this.sequence = sequence;
    this.sectors = sectors;
    this.nextSector = nextSector;
    this.nextFrame = nextFrame;
  }

  int sequence() {
    return sequence;
  }

  int nextFrame() {
    return nextFrame;
  }

  /// No frame was written yet, so the next one brings the header.
  boolean isBlank() {
    return nextFrame == 0;
  }

  long bytes() {
    return (long) sectors * Sector.BYTES;
  }

  long usedBytes() {
    return (long) nextSector * Sector.BYTES;
  }

  boolean fits(int frameSectors) {
    return nextSector + frameSectors <= sectors;
  }

  /// Makes room in a blank segment for a frame that is larger than a segment usually is.
  void extend(long bytes) throws IOException {
    check(isBlank(), "only a blank segment is extended");
    file.allocate(bytes);
    file.force(true);
    sectors = Math.toIntExact(bytes / Sector.BYTES);
  }

  /// Blank sectors to write behind a frame, so that its last page is written as a whole: else the
  /// system would first have to read that page of a recycled file from the disk.
  int padding(int frameSectors) {
    int end = nextSector + frameSectors;
    int toPage = (PAGE_SECTORS - end % PAGE_SECTORS) % PAGE_SECTORS;
    return Math.min(toPage, sectors - end);
  }

  /// Writes one sealed frame, with its padding, and makes it durable.
  void write(ByteBuffer frame, int frameSectors) throws IOException {
    check(fits(frameSectors), "a frame lies within its segment");
    file.write(usedBytes(), frame);
    file.force(false);
    nextSector += frameSectors;
    nextFrame++;
  }

  void close() throws IOException {
    file.close();
  }
}
