package io.flotilla.raft.host;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.RaftCore;
import io.flotilla.storage.file.DiskFullException;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Decides when one group's state is written to disk, and has it written.
///
/// A checkpoint is begun on the loop, written on a storage thread and ended on the loop; then the
/// log up to it is given up. It is not written before the log holds durably what it contains: a
/// state ahead of its own log would leave a gap after a crash. A full disk only delays it; any
/// other failure halts the node, because what the disk holds is then unknown.
final class Checkpoints {
  private static final Logger LOG = LoggerFactory.getLogger(Checkpoints.class);

  /// After a checkpoint that found no room on the disk.
  private static final long RETRY_NANOS = 5_000_000_000L;

  private enum Phase {
    IDLE,
    /// Begun; waits for the log.
    BEGUN,
    WRITING
  }

  private final HostConfig.CheckpointPolicy policy;
  private final StateMachine machine;
  private final GroupLog log;
  private final Scheduler loop;
  private final Executor storage;
  private final Clock clock;
  private final HostMetrics metrics;
  private final Consumer<Throwable> halt;
  private Phase phase = Phase.IDLE;
  private StateMachine.@Nullable Checkpoint current;
  private @Nullable Runnable whenDone;
  // the state is about to be replaced: nothing is begun until it was
  private boolean suspended;
  private @Nullable Runnable whenSuspended;
  // what the newest durable checkpoint contains
  private EntryId durable;
  private long logBytes;
  private long sinceNanos;
  // no checkpoint is begun before, after one found the disk full
  private long notBeforeNanos;

  Checkpoints(HostPorts ports, HostConfig config, StateMachine machine, GroupLog log) {
    this.policy = config.checkpoints();
    this.machine = machine;
    this.log = log;
    this.loop = ports.loop();
    this.storage = ports.storage();
    this.clock = ports.clock();
    this.metrics = ports.metrics();
    this.halt = ports.halt();
    this.durable = machine.applied();
    this.sinceNanos = clock.nanoTime();
    this.notBeforeNanos = sinceNanos;
  }

  /// The log grew.
  void onLogged(long bytes) {
    logBytes += bytes;
  }

  /// Begins or writes a checkpoint if one is due.
  void maybeRun(RaftCore core) {
    if (suspended) {
      return;
    }
    if (phase == Phase.IDLE && isDue()) {
      begin();
    }
    maybeWrite(core);
  }

  private boolean isDue() {
    if (isWaitingForRoom()) {
      return false;
    }
    if (machine.checkpointDue()) {
      return true; // compaction changes pages without an entry: their memory has a bound, too
    }
    if (machine.applied().equals(durable)) {
      return false;
    }
    long ageNanos = clock.nanoTime() - sinceNanos;
    return whenDone != null
        || logBytes >= policy.logBytes()
        || ageNanos >= policy.ageMillis() * 1_000_000;
  }

  private boolean isWaitingForRoom() {
    return clock.nanoTime() - notBeforeNanos < 0;
  }

  private void begin() {
    current = machine.beginCheckpoint();
    phase = Phase.BEGUN;
    logBytes = 0;
    sinceNanos = clock.nanoTime();
  }

  private void maybeWrite(RaftCore core) {
    StateMachine.Checkpoint begun = current;
    if (phase == Phase.BEGUN
        && begun != null
        && core.status().persisted() >= begun.applied().index()) {
      phase = Phase.WRITING;
      storage.execute(() -> write(begun));
    }
  }

  /// On the storage thread.
  private void write(StateMachine.Checkpoint checkpoint) {
    long startNanos = clock.nanoTime();
    try {
      checkpoint.run();
    } catch (DiskFullException full) {
      loop.execute(() -> abandon(checkpoint));
      return;
    } catch (IOException | RuntimeException | Error failure) {
      loop.execute(() -> halt.accept(failure));
      return;
    }
    metrics.checkpointed(clock.nanoTime() - startNanos);
    loop.execute(() -> end(checkpoint));
  }

  /// The disk had no room. The log still holds everything, so the node goes on and tries again
  /// later; who waits for the last checkpoint before a stop waits no longer.
  private void abandon(StateMachine.Checkpoint checkpoint) {
    try {
      checkpoint.abandon();
    } catch (IllegalStateException forced) {
      halt.accept(forced);
      return;
    }
    LOG.atWarn()
        .addKeyValue("event", "checkpoint-abandoned")
        .log("no room on the disk for a checkpoint; the log keeps growing until there is");
    current = null;
    phase = Phase.IDLE;
    notBeforeNanos = clock.nanoTime() + RETRY_NANOS;
    tellWhenSuspended();
    tellWhenDone();
  }

  private void end(StateMachine.Checkpoint checkpoint) {
    checkpoint.end();
    boolean advanced = !checkpoint.applied().equals(durable);
    durable = checkpoint.applied();
    current = null;
    phase = Phase.IDLE;
    if (advanced) {
      log.truncatePrefix(durable, () -> {});
    }
    tellWhenSuspended();
    tellWhenDone();
  }

  /// Another state is about to replace this one: begins nothing from now on, takes back what is
  /// begun and not written, waits for what is being written, then runs `then`.
  void suspend(Runnable then) {
    check(whenSuspended == null, "one state is installed at a time");
    suspended = true;
    StateMachine.Checkpoint begun = current;
    if (phase == Phase.BEGUN && begun != null) {
      begun.abandon(); // the log that it waits for is replaced, too
      current = null;
      phase = Phase.IDLE;
    }
    whenSuspended = then;
    if (phase == Phase.IDLE) {
      tellWhenSuspended();
    }
  }

  /// A stop does not wait for a state to be installed; a restart finds the one or the other.
  private void tellWhenSuspended() {
    Runnable then = whenSuspended;
    if (then != null) {
      whenSuspended = null;
      if (whenDone == null) {
        then.run();
      }
    }
  }

  /// The state was replaced by one that is durable.
  void resume() {
    suspended = false;
    durable = machine.applied();
    logBytes = 0;
    sinceNanos = clock.nanoTime();
  }

  /// Has the state written once more, if there is anything new, then runs `done`. What is applied
  /// meanwhile stays in the log.
  void finish(RaftCore core, Runnable done) {
    whenDone = done;
    boolean nothingNew = machine.applied().equals(durable);
    if (phase == Phase.IDLE && (nothingNew || suspended || isWaitingForRoom())) {
      tellWhenDone();
    } else {
      maybeRun(core);
    }
  }

  /// The state is given up: begins nothing from now on, takes back what is begun and not written,
  /// waits for what is being written, then runs `done`.
  void giveUp(Runnable done) {
    suspended = true;
    whenDone = done;
    StateMachine.Checkpoint begun = current;
    if (phase == Phase.BEGUN && begun != null) {
      begun.abandon();
      current = null;
      phase = Phase.IDLE;
    }
    if (phase == Phase.IDLE) {
      tellWhenDone();
    }
  }

  private void tellWhenDone() {
    Runnable done = whenDone;
    if (done != null) {
      whenDone = null;
      done.run();
    }
  }
}
