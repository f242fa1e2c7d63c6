package io.flotilla.storage.wal;

import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import io.flotilla.storage.file.Directories;
import io.flotilla.storage.file.DiskFullException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The write-ahead log of one group: [#append] gathers records, [#sync] makes them durable with one
/// write and one force, in one frame that is there as a whole or not at all after a crash.
///
/// One thread at a time appends, syncs and truncates; the counters may be read by any. Everything
/// that [#sync] acknowledged is given to the visitor of a later [#open], in order; so may be the
/// batch whose sync did not return. How that is told from damage is explained in [SegmentScan], the
/// bytes in docs/format.md.
///
/// A failed write or force is final: every later call fails, because the page cache may have
/// dropped the data. Only a [DiskFullException] while a new segment is prepared changes nothing;
/// the batch is kept and the sync can be repeated.
public final class Wal implements AutoCloseable {
  private static final byte[] NOTHING = {};

  private final Disk disk;
  private final Clock clock;
  private final Path directory;
  private final WalConfig config;
  private final SegmentPool pool;
  private final FrameBuffer frame;
  private Segment active;
  private int oldestSequence;
  private int lastWithFrames;
  private long position;
  private @Nullable IOException failure;
  private boolean closed;
  private volatile WalCounters counters;

  private Wal(Disk disk, Clock clock, Path directory, WalConfig config, WalVisitor visitor)
      throws IOException {
    this.disk = disk;
    this.clock = clock;
    this.directory = directory;
    this.config = config;
    pool = new SegmentPool(disk, directory, config);
    frame = new FrameBuffer(config.bufferBytes());
    try {
      pool.open();
      active = recover(visitor);
    } catch (IOException | RuntimeException openFailure) {
      frame.close();
      pool.close();
      throw openFailure;
    }
    counters = WalCounters.NONE;
    count(0, 0);
  }

  /// Opens the log in `directory`, creating both when there is none, and gives every record to
  /// `visitor`. When it returns, all of them are durable.
  ///
  /// @throws io.flotilla.base.CorruptionException when the log is not what was written to it
  /// @throws WalRefusedException when it belongs to another group or has an unknown format
  public static Wal open(
      Disk disk, Clock clock, Path directory, WalConfig config, WalVisitor visitor)
      throws IOException {
    Directories.createDurably(disk, directory);
    return new Wal(disk, clock, directory, config, visitor);
  }

  private Segment recover(WalVisitor visitor) throws IOException {
    List<Integer> sequences = SegmentNames.segments(disk, directory);
    if (sequences.isEmpty()) {
      oldestSequence = 1;
      return begin(pool.take(config.segmentBytes()), 1);
    }
    // A killed process may have left names that are not durable yet.
    disk.forceDirectory(directory);
    WalRecovery recovery = new WalRecovery(disk, directory, config, visitor);
    Segment last = recovery.run(sequences);
    oldestSequence = sequences.getFirst();
    lastWithFrames = recovery.lastWithFrames();
    position = recovery.position();
    frame.startFrom(recovery.chain());
    return last;
  }

  /// Adds a record to the batch that the next [#sync] writes. Nothing reaches the disk before.
  ///
  /// @param kind 1 to 255
  /// @throws IllegalArgumentException when the batch would exceed 256 MiB
  public void append(int kind, byte[] payload) throws IOException {
    append(kind, NOTHING, 0, payload);
  }

  /// The same for a payload in two parts: the first `headLength` bytes of `head`, then `body`.
  public void append(int kind, byte[] head, int headLength, byte[] body) throws IOException {
    checkUsable();
    frame.add(kind, head, headLength, body);
  }

  /// Makes all appended records durable; returns the sequence of the segment that holds them. With
  /// nothing appended it does nothing and returns the present segment.
  ///
  /// @throws DiskFullException when there is no room for a new segment: nothing was written, the
  ///     batch is kept, and the call can be repeated
  /// @throws IOException any other failure is final for this log
  public int sync() throws IOException {
    checkUsable();
    if (frame.isEmpty()) {
      return active.sequence();
    }
    makeRoom(frame.sectors());
    int sectors = active.isBlank() ? frame.sectors() + 1 : frame.sectors();
    ByteBuffer bytes = seal(active.padding(sectors));
    int written = bytes.remaining();
    long start = clock.nanoTime();
    try {
      active.write(bytes, sectors);
    } catch (IOException writeFailure) {
      throw fail(writeFailure);
    }
    position += frame.records();
    lastWithFrames = active.sequence();
    frame.reset();
    count(written, clock.nanoTime() - start);
    return active.sequence();
  }

  private ByteBuffer seal(int padding) {
    if (!active.isBlank()) {
      return frame.seal(active.sequence(), active.nextFrame(), padding);
    }
    return frame.sealFirst(
        new SegmentHeader(
            config.group(), active.sequence(), position, active.bytes(), frame.chainBefore()),
        padding);
  }

  /// Frames never cross segments. One that is larger than a segment gets a segment of its size.
  private void makeRoom(int frameSectors) throws IOException {
    int needed = active.isBlank() ? frameSectors + 1 : frameSectors;
    if (active.fits(needed)) {
      return;
    }
    long bytes = Math.max(config.segmentBytes(), (frameSectors + 1L) * Sector.BYTES);
    try {
      if (active.isBlank()) {
        active.extend(bytes);
        return;
      }
      Path spare = pool.take(bytes);
      Segment full = active;
      active = roll(spare, full.sequence() + 1);
      full.close();
    } catch (DiskFullException full) {
      throw full;
    } catch (IOException rollFailure) {
      throw fail(rollFailure);
    }
  }

  private Segment roll(Path spare, int sequence) throws IOException {
    try {
      return begin(spare, sequence);
    } catch (DiskFullException full) {
      throw fail(full); // names may have changed, so this is not the harmless case
    }
  }

  /// The name is durable before the first frame is written.
  private Segment begin(Path spare, int sequence) throws IOException {
    Path path = SegmentNames.segment(directory, sequence);
    disk.rename(spare, path);
    disk.forceDirectory(directory);
    DiskFile file = disk.open(path);
    return new Segment(file, sequence, Math.toIntExact(file.size() / Sector.BYTES), 0, 0);
  }

  /// Does a small piece (1 MiB at most) of what is due to have the next segment ready before the
  /// present one is full; returns whether more is due. To be called after a sync has been answered:
  /// then a sync hardly ever has to wait for a whole segment to be allocated.
  ///
  /// @throws DiskFullException when there is no room; nothing is lost
  public boolean maintain() throws IOException {
    checkUsable();
    try {
      return isPreparationDue() && pool.step() && isPreparationDue();
    } catch (DiskFullException full) {
      throw full;
    } catch (IOException stepFailure) {
      throw fail(stepFailure);
    }
  }

  private boolean isPreparationDue() throws IOException {
    long target = Math.min(config.segmentBytes(), 2 * active.usedBytes());
    return pool.preparedBytes() < target;
  }

  /// Gives up all segments before `sequence`, for reuse. Keeps the newest one that holds a record,
  /// whatever is asked. Their removal is durable, oldest first, when this returns.
  public void truncatePrefix(int sequence) throws IOException {
    checkUsable();
    try {
      while (oldestSequence < Math.min(sequence, lastWithFrames)) {
        pool.recycle(SegmentNames.segment(directory, oldestSequence));
        oldestSequence++;
      }
    } catch (IOException recycleFailure) {
      throw fail(recycleFailure);
    }
    count(0, counters.lastSyncNanos());
  }

  /// The oldest segment that is kept.
  public int oldestSequence() {
    return oldestSequence;
  }

  /// Records made durable in the log's life, including those of segments that are gone.
  public long position() {
    return position;
  }

  /// Figures for metrics; may be called by any thread.
  public WalCounters counters() {
    return counters;
  }

  private void count(int written, long nanos) {
    counters =
        new WalCounters(
            counters.bytesWritten() + written,
            counters.syncs() + (written > 0 ? 1 : 0),
            nanos,
            active.sequence() - oldestSequence + 1,
            pool.readyCount());
  }

  private void checkUsable() throws IOException {
    if (closed) {
      throw new IOException("the log in " + directory + " is closed");
    }
    if (failure != null) {
      throw new IOException("the log in " + directory + " failed before", failure);
    }
  }

  private IOException fail(IOException cause) {
    failure = cause;
    return cause instanceof DiskFullException
        ? new IOException("the log in " + directory + " failed: " + cause.getMessage(), cause)
        : cause;
  }

  /// Closes the files. What was appended and not synced is forgotten.
  @Override
  public void close() throws IOException {
    if (closed) {
      return;
    }
    closed = true;
    frame.close();
    pool.close();
    active.close();
  }
}
