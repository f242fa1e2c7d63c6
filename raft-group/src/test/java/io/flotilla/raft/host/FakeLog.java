package io.flotilla.raft.host;

import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.HardState;
import io.flotilla.raft.log.LogBatch;
import io.flotilla.raft.log.RecoveredLog;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;

/// A log whose disk is done when a test says so.
final class FakeLog implements GroupLog {
  private record Job(LogBatch batch, Runnable durable) {}

  private final ManualLoop loop;
  private final List<String> events;
  private final ArrayDeque<Job> waiting = new ArrayDeque<>();
  private HardState hardState = HardState.FRESH;
  private EntryId mark = EntryId.ZERO;
  private final List<Entry> entries = new ArrayList<>();
  boolean automatic = true;
  long persistMillis;
  boolean full;
  boolean closed;

  FakeLog(ManualLoop loop, List<String> events) {
    this.loop = loop;
    this.events = events;
  }

  /// What a restart would find.
  RecoveredLog recovered() {
    return new RecoveredLog(hardState, mark, entries);
  }

  /// The same disk after a power loss.
  FakeLog afterPowerLoss() {
    var after = new FakeLog(loop, events);
    after.hardState = hardState;
    after.mark = mark;
    after.entries.addAll(entries);
    return after;
  }

  @Override
  public boolean persist(LogBatch batch, Runnable durable) {
    if (full || closed) {
      return false;
    }
    events.add("persist " + batch.entries().size());
    waiting.add(new Job(batch, durable));
    if (automatic && persistMillis > 0) {
      loop.after(persistMillis, this::finishOne);
    } else if (automatic) {
      loop.execute(this::finishOne);
    }
    return true;
  }

  int waiting() {
    return waiting.size();
  }

  /// The oldest batch becomes durable.
  void finishOne() {
    Job job = waiting.removeFirst();
    job.batch()
        .restart()
        .ifPresent(
            id -> {
              mark = id;
              entries.clear();
            });
    for (Entry entry : job.batch().entries()) {
      int keep = (int) (entry.index() - mark.index() - 1);
      entries.subList(keep, entries.size()).clear();
      entries.add(entry);
    }
    job.batch().hardState().ifPresent(saved -> hardState = saved);
    events.add("durable");
    job.durable().run();
  }

  @Override
  public boolean truncatePrefix(EntryId to, Runnable done) {
    events.add("truncate " + to.index());
    int dropped = (int) (to.index() - mark.index());
    entries.subList(0, dropped).clear();
    mark = to;
    loop.execute(done);
    return true;
  }

  @Override
  public boolean close(Runnable done) {
    events.add("close log");
    closed = true;
    loop.execute(done);
    return true;
  }
}
