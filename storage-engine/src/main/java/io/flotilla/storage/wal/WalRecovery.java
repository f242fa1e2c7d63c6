package io.flotilla.storage.wal;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Reads a log from its first segment to its end, checks that nothing acknowledged is missing, and
/// makes the end clean. How the end is told from damage: [SegmentScan].
final class WalRecovery {
  private static final int CHUNK_BYTES = 64 << 10;

  private final Disk disk;
  private final Path directory;
  private final SegmentReader reader;
  private final ByteBuffer window;
  private int lastWithFrames;

  WalRecovery(Disk disk, Path directory, WalConfig config, WalVisitor visitor) {
    this.disk = disk;
    this.directory = directory;
    reader = new SegmentReader(Optional.of(config.group()), visitor);
    window = ByteBuffer.allocate((int) Math.min(SegmentScan.WINDOW_BYTES, config.segmentBytes()));
  }

  /// Records in the log's life.
  long position() {
    return reader.position();
  }

  int chain() {
    return reader.chain();
  }

  /// The newest segment that holds a record; 0 when there is none.
  int lastWithFrames() {
    return lastWithFrames;
  }

  /// Reads all segments and returns the last one, open for appending; it is durable up to its end
  /// and holds nothing behind it that could be taken for a frame.
  Segment run(List<Integer> sequences) throws IOException {
    checkGapless(sequences);
    int last = sequences.getLast();
    for (int sequence : sequences.subList(0, sequences.size() - 1)) {
      try (DiskFile file = disk.openForRead(SegmentNames.segment(directory, sequence))) {
        SegmentScan scan = new SegmentScan(file, sequence, window);
        reader.read(scan, sequence == sequences.getFirst(), false);
        lastWithFrames = sequence;
      }
    }
    DiskFile file = disk.open(SegmentNames.segment(directory, last));
    try {
      SegmentScan scan = new SegmentScan(file, last, window);
      int end = reader.read(scan, last == sequences.getFirst(), true);
      rewrite(file, scan.lastFrameSector(), scan.nextSector());
      wipe(file, scan.nextSector(), end);
      file.force(true);
      lastWithFrames = scan.nextFrame() > 0 ? last : lastWithFrames;
      return new Segment(file, last, scan.sectors(), scan.nextSector(), scan.nextFrame());
    } catch (IOException | RuntimeException failure) {
      file.close();
      throw failure;
    }
  }

  private void checkGapless(List<Integer> sequences) {
    for (int i = 1; i < sequences.size(); i++) {
      int missing = sequences.get(i - 1) + 1;
      if (sequences.get(i) != missing) {
        throw new CorruptionException(
            SegmentNames.segment(directory, missing), 0, "the segment is missing");
      }
    }
  }

  /// Writes the last frame once more. If its force failed before this start, the page cache may
  /// show it as clean though it never reached the disk, and a force alone would do nothing.
  private static void rewrite(DiskFile file, int from, int to) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate(CHUNK_BYTES);
    long end = (long) to * Sector.BYTES;
    for (long at = (long) from * Sector.BYTES; at < end; at += CHUNK_BYTES) {
      bytes.clear().limit((int) Math.min(CHUNK_BYTES, end - at));
      file.read(at, bytes);
      file.write(at, bytes.flip());
    }
  }

  /// Overwrites what an interrupted write left with zeros.
  private static void wipe(DiskFile file, int from, int to) throws IOException {
    ByteBuffer zeros = ByteBuffer.allocate(CHUNK_BYTES);
    long end = (long) to * Sector.BYTES;
    for (long at = (long) from * Sector.BYTES; at < end; at += CHUNK_BYTES) {
      zeros.clear().limit((int) Math.min(CHUNK_BYTES, end - at));
      file.write(at, zeros);
    }
  }
}
