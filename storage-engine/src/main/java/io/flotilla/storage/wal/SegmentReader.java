package io.flotilla.storage.wal;

import io.flotilla.base.GroupId;
import java.io.IOException;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Reads segments one after the other and checks that each continues the one before: the rules of
/// recovery and of the checker. Owns the running totals: records so far and the chained checksum.
final class SegmentReader {
  private final WalVisitor visitor;
  private final RecordChain chain = new RecordChain();
  private @Nullable GroupId group;
  private long position;
  // what comes before the next segment is not known: at the start, and behind damage
  private boolean loose = true;

  /// @param group the owner, if known; else that of the first segment
  SegmentReader(Optional<GroupId> group, WalVisitor visitor) {
    this.group = group.orElse(null);
    this.visitor = visitor;
  }

  /// Records in the log's life.
  long position() {
    return position;
  }

  int chain() {
    return chain.value();
  }

  /// Goes on after a segment that could not be read.
  void loosen() {
    loose = true;
  }

  /// Reads one segment to the end of its frames and looks behind it. Returns the end, in sectors,
  /// of what an interrupted write left; [SegmentScan#nextSector] when it left nothing.
  ///
  /// @param first whether it is the oldest
  /// @param last whether it is the newest, the only one that may be blank or have a torn end
  int read(SegmentScan scan, boolean first, boolean last) throws IOException {
    Optional<SegmentHeader> header = scan.header();
    if (header.isPresent()) {
      accept(header.get(), scan);
      for (FrameBody body = scan.next(); body != null; body = scan.next()) {
        body.deliver(chain, scan.sequence(), position, visitor);
        position += body.records();
      }
    } else if (!last || (first && scan.sequence() > 1)) {
      throw scan.damage(0, "the segment has no complete first frame, but it must have one");
    }
    int end = scan.endOfTorn();
    if (end > scan.nextSector() && !last) {
      throw scan.damage(
          scan.nextSector(), "a frame is not complete, but a later segment was begun");
    }
    return end;
  }

  private void accept(SegmentHeader header, SegmentScan scan) {
    GroupId owner = group == null ? header.group() : group;
    group = owner;
    header.checkGroup(owner, scan.path());
    boolean continues = header.position() == position && header.chain() == chain.value();
    if (!loose && !continues) {
      throw scan.damage(
          0,
          "the segment continues record "
              + header.position()
              + ", but the segments before it end at record "
              + position);
    }
    if (scan.sequence() == 1 && header.position() != 0) {
      throw scan.damage(0, "the first segment does not start at record 0");
    }
    position = header.position();
    chain.startFrom(header.chain());
    loose = false;
  }
}
