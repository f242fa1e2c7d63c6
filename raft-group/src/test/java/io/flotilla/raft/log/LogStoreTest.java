package io.flotilla.raft.log;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.InvariantViolation;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.EntryKind;
import io.flotilla.raft.core.HardState;
import io.flotilla.storage.file.SimDisk;
import io.flotilla.storage.wal.Wal;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/// A replica's log in named situations; random ones are in [LogStoreCrashTest].
class LogStoreTest {
  private final SimDisk disk = new SimDisk();

  private LogStore open() throws IOException {
    return LogStore.open(disk, Clock.system(), LogModel.DIRECTORY, LogModel.CONFIG);
  }

  private RecoveredLog reopened() throws IOException {
    try (LogStore store = open()) {
      return store.recovered();
    }
  }

  static Entry entry(long term, long index) {
    return new Entry(term, index, EntryKind.COMMANDS, new byte[] {(byte) term, (byte) index});
  }

  static LogBatch entries(Entry... entries) {
    return LogBatch.of(Optional.empty(), List.of(entries));
  }

  private static void persist(LogStore store, LogBatch batch) throws IOException {
    store.append(batch);
    store.sync();
  }

  /// Entries of a kilobyte, so that eight fill a segment.
  private static void fill(LogStore store, long from, long to) throws IOException {
    for (long index = from; index <= to; index++) {
      persist(store, entries(new Entry(1, index, EntryKind.COMMANDS, new byte[1000])));
    }
  }

  @Test
  void anEmptyLogIsFresh() throws IOException {
    assertThat(reopened()).isEqualTo(new RecoveredLog(HardState.FRESH, EntryId.ZERO, List.of()));
    assertThat(reopened().last()).isEqualTo(EntryId.ZERO);
  }

  /// "If an existing entry conflicts with a new one, delete the existing entry and all that follow
  /// it" (Raft figure 2).
  @Test
  void aConflictingSuffixIsReplaced() throws IOException {
    HardState state = new HardState(2, new NodeId(5), 1);
    try (LogStore store = open()) {
      persist(store, entries(entry(1, 1), entry(1, 2), entry(1, 3)));
      persist(store, LogBatch.of(Optional.of(state), List.of(entry(2, 2))));
    }
    assertThat(reopened())
        .isEqualTo(new RecoveredLog(state, EntryId.ZERO, List.of(entry(1, 1), entry(2, 2))));
  }

  @Test
  void whatWasNotSyncedIsForgotten() throws IOException {
    try (LogStore store = open()) {
      persist(store, entries(entry(1, 1)));
      store.append(entries(entry(1, 2)));
    }
    assertThat(reopened().last()).isEqualTo(new EntryId(1, 1));
  }

  @Test
  void aCutGivesSegmentsBackAndKeepsHardState() throws IOException {
    HardState state = new HardState(1, new NodeId(9), 20);
    try (LogStore store = open()) {
      persist(store, LogBatch.of(Optional.of(state), List.of()));
      fill(store, 1, 30);
      assertThat(store.counters().segments()).isGreaterThan(3);
      store.truncatePrefix(new EntryId(1, 29));
      assertThat(store.counters().segments()).isLessThan(3);
      store.truncatePrefix(new EntryId(1, 4));
    }
    RecoveredLog found = reopened();
    assertThat(found.hardState()).isEqualTo(state);
    assertThat(found.mark()).isEqualTo(new EntryId(1, 29));
    assertThat(found.last()).isEqualTo(new EntryId(1, 30));
  }

  @Test
  void aCutAskedForTwiceIsStillThereWhenItsFirstSegmentIsGone() throws IOException {
    HardState state = new HardState(1, new NodeId(9), 4);
    try (LogStore store = open()) {
      persist(store, LogBatch.of(Optional.of(state), List.of()));
      fill(store, 1, 4);
      store.truncatePrefix(new EntryId(1, 4));
      fill(store, 5, 5);
      assertThat(store.counters().segments()).as("the cut ends its segment").isEqualTo(2);
      store.truncatePrefix(new EntryId(1, 4));
      assertThat(store.counters().segments()).isEqualTo(1);
    }
    RecoveredLog found = reopened();
    assertThat(found.hardState()).isEqualTo(state);
    assertThat(found.mark()).isEqualTo(new EntryId(1, 4));
    assertThat(found.entries()).extracting(Entry::index).containsExactly(5L);
  }

  /// The oldest segment that stays begins in the middle of the log, behind an earlier cut.
  @Test
  void entriesWhosePredecessorsAreGoneAreAnchoredByTheLaterCut() throws IOException {
    try (LogStore store = open()) {
      fill(store, 1, 10);
      store.truncatePrefix(new EntryId(1, 2));
      fill(store, 11, 25);
      store.truncatePrefix(new EntryId(1, 20));
    }
    RecoveredLog found = reopened();
    assertThat(found.mark()).isEqualTo(new EntryId(1, 20));
    assertThat(found.entries()).extracting(Entry::index).containsExactly(21L, 22L, 23L, 24L, 25L);
  }

  @Test
  void aSnapshotRestartsTheLogBehindAGap() throws IOException {
    HardState state = new HardState(3, NodeId.NONE, 50);
    try (LogStore store = open()) {
      fill(store, 1, 20);
      LogBatch install =
          new LogBatch(Optional.of(new EntryId(3, 50)), Optional.of(state), List.of(entry(3, 51)));
      persist(store, install);
      store.truncatePrefix(new EntryId(3, 50));
      assertThat(store.counters().segments()).as("void segments are given back").isEqualTo(1);
    }
    assertThat(reopened())
        .isEqualTo(new RecoveredLog(state, new EntryId(3, 50), List.of(entry(3, 51))));
  }

  @Test
  void impossibleRequestsStopTheNode() throws IOException {
    LogStore store = open();
    persist(store, entries(entry(1, 1), entry(1, 2), entry(2, 3)));
    assertThatThrownBy(() -> store.append(entries(entry(2, 5))))
        .isInstanceOf(InvariantViolation.class)
        .hasMessageContaining("no gap");
    assertThatThrownBy(() -> store.truncatePrefix(new EntryId(2, 4)))
        .isInstanceOf(InvariantViolation.class);
    assertThatThrownBy(() -> store.truncatePrefix(new EntryId(2, 2)))
        .isInstanceOf(InvariantViolation.class)
        .hasMessageContaining("term: 1 != 2");
    store.truncatePrefix(new EntryId(1, 2));
    assertThatThrownBy(() -> store.append(entries(entry(3, 2))))
        .isInstanceOf(InvariantViolation.class);
  }

  /// Records with sound checksums that contradict each other are damage, too.
  @Test
  void recordsThatMakeNoSenseAreNamed() throws IOException {
    assertRefused("does not follow 0/0", record(LogRecordCodec.ENTRY, 1, 2, 1));
    assertRefused("no entry kind has code 7", record(LogRecordCodec.ENTRY, 1, 1, 7));
    assertRefused("no record of kind 77 has 16 bytes", record(77, 1, 1));
    assertRefused("no record of kind 2 has 16 bytes", record(LogRecordCodec.HARD_STATE, 1, 1));
    assertRefused("terms are not negative", record(LogRecordCodec.CUT, -1, 1));
    assertRefused("after its end", record(LogRecordCodec.CUT, 1, 9));
    assertRefused(
        "holds another entry",
        record(LogRecordCodec.ENTRY, 1, 1, 1),
        record(LogRecordCodec.CUT, 2, 1));
    assertRefused(
        "goes back", record(LogRecordCodec.RESTART, 2, 9), record(LogRecordCodec.RESTART, 2, 8));
    assertRefused(
        "not after the log's start",
        record(LogRecordCodec.RESTART, 2, 9),
        record(LogRecordCodec.ENTRY, 2, 9, 1));
  }

  private record Raw(int kind, byte[] payload) {}

  private static Raw record(int kind, long term, long index, int... rest) {
    ByteBuffer out = ByteBuffer.allocate(16 + rest.length).order(ByteOrder.LITTLE_ENDIAN);
    out.putLong(term).putLong(index);
    for (int b : rest) {
      out.put((byte) b);
    }
    return new Raw(kind, out.array());
  }

  private static void assertRefused(String reason, Raw... records) throws IOException {
    SimDisk other = new SimDisk();
    try (Wal wal =
        Wal.open(other, Clock.system(), LogModel.DIRECTORY, LogModel.CONFIG, (_, _, _) -> {})) {
      for (Raw raw : records) {
        wal.append(raw.kind(), raw.payload());
      }
      wal.sync();
    }
    assertThatThrownBy(
            () -> LogStore.open(other, Clock.system(), LogModel.DIRECTORY, LogModel.CONFIG))
        .isInstanceOf(CorruptionException.class)
        .hasMessageContaining("0000000001.wal")
        .hasMessageContaining(reason);
  }

  @Test
  void recordsDescribeThemselvesWithoutPayloads() throws IOException {
    List<String> lines = new ArrayList<>();
    try (LogStore store = open()) {
      HardState state = new HardState(1, new NodeId(9), 0);
      persist(store, LogBatch.of(Optional.of(state), List.of(entry(1, 1), entry(1, 2))));
      store.truncatePrefix(new EntryId(1, 1));
      persist(store, new LogBatch(Optional.of(new EntryId(1, 7)), Optional.empty(), List.of()));
    }
    Wal.open(
            disk,
            Clock.system(),
            LogModel.DIRECTORY,
            LogModel.CONFIG,
            (place, kind, payload) -> lines.add(LogRecord.read(place, kind, payload).describe()))
        .close();
    assertThat(lines)
        .containsExactly(
            "entry 1/1 COMMANDS 2B",
            "entry 1/2 COMMANDS 2B",
            "hard state term=1 vote=9 commit=0",
            "cut up to 1/1",
            "hard state term=1 vote=9 commit=0",
            "restarted after 1/7");
  }
}
