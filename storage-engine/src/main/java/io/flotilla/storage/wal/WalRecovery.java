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
///
/// Owns the log's running totals while it reads: records so far and the chained checksum.
final class WalRecovery {
  private static final int WIPE_BYTES = 64 << 10;

  private final Disk disk;
  private final Path directory;
  private final WalConfig config;
  private final WalVisitor visitor;
  private final RecordChain chain = new RecordChain();
  private final ByteBuffer window;
  private long position;
  private int lastWithFrames;

  WalRecovery(Disk disk, Path directory, WalConfig config, WalVisitor visitor) {
    this.disk = disk;
    this.directory = directory;
    this.config = config;
    this.visitor = visitor;
    window =
        ByteBuffer.allocate((int) Math.min(SegmentScan.WINDOW_BYTES, config.segmentBytes()));
  }

  /// Records in the log's life.
  long position() {
    return position;
  }

  int chain() {
    return chain.value();
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
        read(scan, sequence == sequences.getFirst(), false);
        if (scan.endOfTorn() > scan.nextSector()) {
          throw scan.damage(
              scan.nextSector(), "a frame is not complete, but a later segment was begun");
        }
      }
    }
    DiskFile file = disk.open(SegmentNames.segment(directory, last));
    try {
      SegmentScan scan = new SegmentScan(file, last, window);
      read(scan, last == sequences.getFirst(), true);
      wipe(file, scan.nextSector(), scan.endOfTorn());
      file.force(true);
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

  private void read(SegmentScan scan, boolean first, boolean last) throws IOException {
    Optional<SegmentHeader> header = scan.header();
    if (header.isEmpty()) {
      if (!last || (first && scan.sequence() > 1)) {
        throw scan.damage(0, "the segment has no complete first frame, but it must have one");
      }
      return;
    }
    accept(header.get(), scan, first);
    lastWithFrames = scan.sequence();
    for (FrameBody body = scan.next(); body != null; body = scan.next()) {
      body.deliver(chain, scan.sequence(), position, visitor);
      position += body.records();
    }
  }

  private void accept(SegmentHeader header, SegmentScan scan, boolean first) {
    header.checkGroup(config.group(), scan.path());
    if (first) {
      chain.startFrom(header.chain());
      position = header.position();
      if (scan.sequence() == 1 && position != 0) {
        throw scan.damage(0, "the first segment does not start at record 0");
      }
    } else if (header.position() != position || header.chain() != chain.value()) {
      throw scan.damage(
          0,
          "the segment continues record " + header.position()
              + ", but the segments before it end at record " + position);
    }
  }

  /// Overwrites what an interrupted write left with zeros.
  private static void wipe(DiskFile file, int from, int to) throws IOException {
    if (from >= to) {
      return;
    }
    ByteBuffer zeros = ByteBuffer.allocate(WIPE_BYTES);
    long at = (long) from * Sector.BYTES;
    long end = (long) to * Sector.BYTES;
    while (at < end) {
      zeros.clear().limit((int) Math.min(WIPE_BYTES, end - at));
      int count = zeros.remaining();
      file.write(at, zeros);
      at += count;
    }
  }
}
