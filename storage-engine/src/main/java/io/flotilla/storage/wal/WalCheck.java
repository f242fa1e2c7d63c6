package io.flotilla.storage.wal;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.GroupId;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import io.flotilla.storage.wal.WalReport.Damage;
import io.flotilla.storage.wal.WalReport.SegmentSummary;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/// Verifies a whole log without changing it, and goes on behind damage. Accepts exactly what
/// [Wal#open] accepts; while a node writes the log, its newest batch may show as an interrupted
/// write.
public final class WalCheck {
  private final Disk disk;
  private final Path directory;
  private final SegmentReader reader;
  private final ByteBuffer window = ByteBuffer.allocate(SegmentScan.WINDOW_BYTES);
  // of the segment that is read
  private long firstRecord;
  private long lastRecord;

  private WalCheck(Disk disk, Path directory, Optional<GroupId> group, WalVisitor visitor) {
    this.disk = disk;
    this.directory = directory;
    reader =
        new SegmentReader(
            group,
            (place, kind, payload) -> {
              firstRecord = firstRecord < 0 ? place.record() : firstRecord;
              lastRecord = place.record();
              visitor.onRecord(place, kind, payload);
            });
  }

  /// @param group the owner, if known; else all segments must have the owner of the first
  public static WalReport run(Disk disk, Path directory, Optional<GroupId> group)
      throws IOException {
    return run(disk, directory, group, (_, _, _) -> {});
  }

  /// The same, and gives all sound records to `visitor`.
  public static WalReport run(
      Disk disk, Path directory, Optional<GroupId> group, WalVisitor visitor) throws IOException {
    return new WalCheck(disk, directory, group, visitor).run();
  }

  private WalReport run() throws IOException {
    List<Integer> sequences = SegmentNames.segments(disk, directory);
    List<SegmentSummary> summaries = new ArrayList<>();
    for (int i = 0; i < sequences.size(); i++) {
      int sequence = sequences.get(i);
      int expected = i == 0 ? sequence : sequences.get(i - 1) + 1;
      if (expected != sequence) {
        summaries.add(missing(expected, sequence - 1));
      }
      summaries.add(check(sequence, i == 0, i == sequences.size() - 1));
    }
    return new WalReport(summaries, SegmentNames.spares(disk, directory));
  }

  private SegmentSummary missing(int from, int to) {
    reader.loosen();
    Damage damage = new Damage(0, "segments " + from + " to " + to + " are missing");
    Path file = SegmentNames.segment(directory, from);
    return new SegmentSummary(file, from, 0, 0, 0, 0, -1, -1, Optional.of(damage));
  }

  private SegmentSummary check(int sequence, boolean first, boolean last) throws IOException {
    firstRecord = -1;
    lastRecord = -1;
    Path path = SegmentNames.segment(directory, sequence);
    try (DiskFile file = disk.openForRead(path)) {
      SegmentScan scan = new SegmentScan(file, sequence, window);
      Optional<Damage> damage = Optional.empty();
      long torn = 0;
      try {
        torn = reader.read(scan, first, last) - scan.nextSector();
      } catch (CorruptionException found) {
        damage = Optional.of(new Damage(found.offset(), String.valueOf(found.getMessage())));
        reader.loosen();
      } catch (WalRefusedException refused) {
        damage = Optional.of(new Damage(0, String.valueOf(refused.getMessage())));
        reader.loosen();
      }
      return new SegmentSummary(
          path,
          sequence,
          file.size(),
          (long) scan.nextSector() * Sector.BYTES,
          torn * Sector.BYTES,
          scan.nextFrame(),
          firstRecord,
          lastRecord,
          damage);
    }
  }
}
