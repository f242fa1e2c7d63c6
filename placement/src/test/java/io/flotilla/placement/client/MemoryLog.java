package io.flotilla.placement.client;

import io.flotilla.placement.testing.SimLoop;
import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.HardState;
import io.flotilla.raft.host.GroupLog;
import io.flotilla.raft.log.LogBatch;
import io.flotilla.raft.log.RecoveredLog;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/// A log whose writes take up to two milliseconds and are lost in a crash before that.
final class MemoryLog implements GroupLog {
  private static final int MAX_WRITE_MILLIS = 2;

  private final SimLoop loop;
  private final Random random;
  private HardState hardState = HardState.FRESH;
  private EntryId base = EntryId.ZERO;
  private final List<Entry> entries = new ArrayList<>();
  private long readyMillis;
  private boolean crashed;

  MemoryLog(SimLoop loop, Random random) {
    this.loop = loop;
    this.random = random;
  }

  RecoveredLog recovered() {
    return new RecoveredLog(hardState, base, entries);
  }

  /// What is left of it.
  MemoryLog afterCrash() {
    crashed = true;
    var rest = new MemoryLog(loop, random);
    rest.hardState = hardState;
    rest.base = base;
    rest.entries.addAll(entries);
    return rest;
  }

  @Override
  public boolean persist(LogBatch batch, Runnable durable) {
    long now = loop.wallMillis();
    readyMillis = Math.max(readyMillis, now + random.nextInt(MAX_WRITE_MILLIS + 1));
    loop.after(readyMillis - now, () -> write(batch, durable));
    return true;
  }

  private void write(LogBatch batch, Runnable durable) {
    if (crashed) {
      return;
    }
    batch.restart().ifPresent(this::restart);
    for (Entry entry : batch.entries()) {
      entries.subList((int) (entry.index() - base.index()) - 1, entries.size()).clear();
      entries.add(entry);
    }
    batch.hardState().ifPresent(saved -> hardState = saved);
    durable.run();
  }

  private void restart(EntryId mark) {
    base = mark;
    entries.clear();
  }

  @Override
  public boolean truncatePrefix(EntryId mark, Runnable done) {
    throw new AssertionError("no checkpoint is due in these tests");
  }

  @Override
  public boolean close(Runnable closed) {
    loop.execute(closed);
    return true;
  }
}
