package io.flotilla.raft.log;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;
import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Disk;
import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.HardState;
import io.flotilla.storage.wal.Wal;
import io.flotilla.storage.wal.WalConfig;
import io.flotilla.storage.wal.WalCounters;
import java.io.IOException;
import java.nio.file.Path;

/// One replica's log on its WAL. Blocks on the disk; used by one thread at a time, which in a
/// running node is that of the [RaftLogWriter].
///
/// What [#sync] returned for survives any crash. Of a batch that was not synced either everything
/// survives or nothing.
public final class LogStore implements AutoCloseable {
  private final SegmentIndexes segments = new SegmentIndexes();
  private final TermRuns terms = new TermRuns();
  private final LogRecordCodec codec = new LogRecordCodec();
  private final Wal wal;
  private final RecoveredLog recovered;
  // including what is appended and not synced
  private HardState hardState;
  private EntryId mark;
  private EntryId last;
  // highest entry index of the batch that is not synced, 0 if it has none
  private long unsyncedHighest;
  private boolean unsyncedRestart;

  private LogStore(Disk disk, Clock clock, Path directory, WalConfig config) throws IOException {
    LogRecovery recovery = new LogRecovery(segments);
    wal = Wal.open(disk, clock, directory, config, recovery);
    try {
      recovered = recovery.finish();
    } catch (RuntimeException damage) {
      wal.close();
      throw damage;
    }
    hardState = recovered.hardState();
    mark = recovered.mark();
    last = recovered.last();
    terms.restart(mark);
    recovered.entries().forEach(entry -> terms.append(entry.id()));
  }

  /// Opens the log in `directory`; creates an empty one when there is none.
  ///
  /// @throws io.flotilla.base.CorruptionException when it is not what was written
  /// @throws io.flotilla.storage.wal.WalRefusedException when it belongs to another group
  public static LogStore open(Disk disk, Clock clock, Path directory, WalConfig config)
      throws IOException {
    return new LogStore(disk, clock, directory, config);
  }

  /// What the log held when it was opened.
  public RecoveredLog recovered() {
    return recovered;
  }

  /// Adds a batch to what the next [#sync] writes.
  public void append(LogBatch batch) throws IOException {
    if (batch.restart().isPresent()) {
      restart(batch.restart().get());
    }
    for (Entry entry : batch.entries()) {
      append(entry);
    }
    if (batch.hardState().isPresent()) {
      save(batch.hardState().get());
    }
  }

  private void restart(EntryId id) throws IOException {
    checkAtMost(mark.index(), id.index(), "a log's start does not go back");
    codec.mark(wal, LogRecordCodec.RESTART, id);
    mark = id;
    last = id;
    terms.restart(id);
    unsyncedRestart = true;
    unsyncedHighest = id.index();
  }

  private void append(Entry entry) throws IOException {
    checkAtMost(mark.index() + 1, entry.index(), "entries come after the log's start");
    checkAtMost(entry.index(), last.index() + 1, "a log has no gap");
    codec.entry(wal, entry);
    last = entry.id();
    terms.append(last);
    unsyncedHighest = Math.max(unsyncedHighest, entry.index());
  }

  private void save(HardState state) throws IOException {
    checkAtMost(hardState.term(), state.term(), "terms do not go back");
    codec.hardState(wal, state);
    hardState = state;
  }

  /// Makes everything appended durable. Errors as [Wal#sync].
  public void sync() throws IOException {
    int sequence = wal.sync();
    if (unsyncedRestart) {
      segments.restart(sequence, mark.index());
    }
    if (unsyncedHighest > 0) {
      segments.add(sequence, unsyncedHighest);
    }
    unsyncedRestart = false;
    unsyncedHighest = 0;
  }

  /// Forgets entries up to `id`, which a checkpoint contains, and gives whole segments back. The
  /// new start of the log is durable first. When the log already starts there or later it keeps its
  /// start, which is written again: the segment that said so may be among those given back. Errors
  /// as [Wal#sync]; may be repeated after a full disk.
  public void truncatePrefix(EntryId id) throws IOException {
    cut(id.index() > mark.index() ? id : mark);
    int newest = wal.sync();
    int needed = segments.firstNeeded(mark.index(), newest);
    wal.truncatePrefix(needed);
    segments.forgetBefore(needed);
  }

  private void cut(EntryId id) throws IOException {
    checkAtMost(id.index(), last.index(), "a log is cut at an entry it holds");
    checkEqual(terms.termAt(id.index()), id.term(), "a log is cut at an entry it holds: term");
    check(unsyncedHighest == 0, "a log is cut between syncs");
    codec.mark(wal, LogRecordCodec.CUT, id);
    codec.hardState(wal, hardState);
    mark = id;
    terms.dropBefore(id);
  }

  /// Does a small piece of the preparation of the next segment; returns whether more is due. Errors
  /// as [Wal#maintain].
  public boolean maintain() throws IOException {
    return wal.maintain();
  }

  /// Figures of the WAL; any thread.
  public WalCounters counters() {
    return wal.counters();
  }

  @Override
  public void close() throws IOException {
    wal.close();
  }
}
