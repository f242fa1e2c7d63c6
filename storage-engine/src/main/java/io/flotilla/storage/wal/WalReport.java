package io.flotilla.storage.wal;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// What [WalCheck] found in a log's directory.
///
/// @param segments ascending
/// @param spareFiles files that wait to become segments
public record WalReport(List<SegmentSummary> segments, List<Path> spareFiles) {
  public WalReport {
    segments = List.copyOf(segments);
    spareFiles = List.copyOf(spareFiles);
  }

  /// Where a file is not what was written to it; `reason` is a whole sentence with file and place.
  public record Damage(long offset, String reason) {}

  /// One segment.
  ///
  /// @param fileBytes size of the file
  /// @param usedBytes how far complete frames reach
  /// @param tornBytes what an interrupted write left behind them; recovery removes it
  /// @param frames complete frames
  /// @param firstRecord number of its first record in the log's life; -1 if it holds none
  /// @param lastRecord number of its last record; -1 if it holds none
  /// @param damage present if the segment cannot be used
  public record SegmentSummary(
      Path file,
      int sequence,
      long fileBytes,
      long usedBytes,
      long tornBytes,
      int frames,
      long firstRecord,
      long lastRecord,
      Optional<Damage> damage) {}

  /// Whether a node would start with this log.
  public boolean isSound() {
    return segments.stream().allMatch(segment -> segment.damage().isEmpty());
  }

  /// One line per segment, for people.
  public String describe() {
    StringBuilder text = new StringBuilder();
    for (SegmentSummary segment : segments) {
      text.append(segment.file().getFileName())
          .append(" records ")
          .append(range(segment))
          .append(" frames ")
          .append(segment.frames())
          .append(" bytes ")
          .append(segment.usedBytes())
          .append('/')
          .append(segment.fileBytes());
      if (segment.tornBytes() > 0) {
        text.append(" interrupted write of ").append(segment.tornBytes()).append(" bytes");
      }
      segment.damage().ifPresent(damage -> text.append(" DAMAGED: ").append(damage.reason()));
      text.append('\n');
    }
    text.append("spare files ").append(spareFiles.size()).append('\n');
    return text.toString();
  }

  private static String range(SegmentSummary segment) {
    return segment.firstRecord() < 0 ? "none" : segment.firstRecord() + ".." + segment.lastRecord();
  }
}
