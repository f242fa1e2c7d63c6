package io.flotilla.raft.log;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Disk;
import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.EntryKind;
import io.flotilla.raft.core.HardState;
import io.flotilla.storage.wal.WalConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.random.RandomGenerator;

/// A replica's log driven by a random script, and the states it may be found in: the one that was
/// acknowledged last, or the one that was being written.
final class LogModel {
  static final Path DIRECTORY = Path.of("/group/wal");
  static final WalConfig CONFIG = new WalConfig(new GroupId(3), 8192, 4096, 2);

  private RecoveredLog acknowledged = new RecoveredLog(HardState.FRESH, EntryId.ZERO, List.of());
  private RecoveredLog attempted = acknowledged;

  LogModel() {}

  LogModel(LogModel other) {
    acknowledged = other.acknowledged;
    attempted = other.attempted;
  }

  RecoveredLog acknowledged() {
    return acknowledged;
  }

  LogStore open(Disk disk) throws IOException {
    LogStore store = LogStore.open(disk, Clock.system(), DIRECTORY, CONFIG);
    RecoveredLog found = store.recovered();
    assertThat(List.of(acknowledged, attempted)).as("a state that may be found").contains(found);
    acknowledged = found;
    attempted = found;
    return store;
  }

  void step(LogStore store, RandomGenerator random) throws IOException {
    switch (random.nextInt(12)) {
      case 0, 1 -> cut(store, random);
      case 2 -> restart(store, random);
      case 3 -> store.maintain();
      default -> persist(store, batch(random));
    }
  }

  private void persist(LogStore store, LogBatch batch) throws IOException {
    attempted = after(acknowledged, batch);
    store.append(batch);
    store.sync();
    acknowledged = attempted;
  }

  static RecoveredLog after(RecoveredLog log, LogBatch batch) {
    List<Entry> entries = new ArrayList<>(log.entries());
    EntryId mark = log.mark();
    if (batch.restart().isPresent()) {
      entries.clear();
      mark = batch.restart().get();
    }
    for (Entry entry : batch.entries()) {
      entries.removeIf(old -> old.index() >= entry.index());
      entries.add(entry);
    }
    return new RecoveredLog(batch.hardState().orElse(log.hardState()), mark, entries);
  }

  /// Continues the log, or replaces some of its end in a later term.
  private LogBatch batch(RandomGenerator random) {
    long floor = acknowledged.mark().index();
    long lastIndex = acknowledged.last().index();
    long term = Math.max(1, acknowledged.hardState().term());
    long from = lastIndex + 1;
    if (random.nextInt(4) == 0) {
      term++;
      from = Math.max(floor + 1, from - random.nextInt(6));
    }
    HardState state = new HardState(term, new NodeId(random.nextInt(3)), floor);
    return LogBatch.of(
        random.nextBoolean() || term > acknowledged.hardState().term()
            ? Optional.of(state)
            : Optional.empty(),
        entries(from, term, random));
  }

  private static List<Entry> entries(long from, long term, RandomGenerator random) {
    List<Entry> entries = new ArrayList<>();
    int count = random.nextInt(5);
    for (int i = 0; i < count; i++) {
      byte[] payload = new byte[random.nextInt(10) == 0 ? 3000 : random.nextInt(400)];
      random.nextBytes(payload);
      entries.add(new Entry(term, from + i, EntryKind.ofCode(random.nextInt(3)), payload));
    }
    return entries;
  }

  private void cut(LogStore store, RandomGenerator random) throws IOException {
    if (acknowledged.entries().isEmpty()) {
      return;
    }
    int at = random.nextInt(acknowledged.entries().size());
    EntryId id = acknowledged.entries().get(at).id();
    List<Entry> rest = acknowledged.entries().subList(at + 1, acknowledged.entries().size());
    attempted = new RecoveredLog(acknowledged.hardState(), id, rest);
    store.truncatePrefix(id);
    acknowledged = attempted;
  }

  private void restart(LogStore store, RandomGenerator random) throws IOException {
    long index = acknowledged.last().index() + 1 + random.nextInt(20);
    long term = Math.max(1, acknowledged.hardState().term()) + random.nextInt(2);
    EntryId id = new EntryId(term, index);
    HardState state = new HardState(term, NodeId.NONE, index);
    List<Entry> entries = random.nextBoolean() ? List.of() : entries(index + 1, term, random);
    persist(store, new LogBatch(Optional.of(id), Optional.of(state), entries));
  }
}
