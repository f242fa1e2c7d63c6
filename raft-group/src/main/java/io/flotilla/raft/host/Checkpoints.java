package io.flotilla.raft.host;

import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.RaftCore;
import java.io.IOException;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Decides when one group's state is written to disk, and has it written.
///
/// A checkpoint is begun on the loop, written on a storage thread and ended on the loop; then the
/// log up to it is given up. It is not written before the log holds durably what it contains: a
/// state ahead of its own log would leave a gap after a crash.
final class Checkpoints {
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
  // what the newest durable checkpoint contains
  private EntryId durable;
  private long logBytes;
  private long sinceNanos;
  private boolean truncating;

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
  }

  /// The log grew.
  void onLogged(long bytes) {
    logBytes += bytes;
  }

  boolean isRunning() {
    return phase != Phase.IDLE || truncating;
  }

  /// Begins or writes a checkpoint if one is due.
  void maybeRun(RaftCore core) {
    if (phase == Phase.IDLE && isDue()) {
      begin();
    }
    maybeWrite(core);
  }

  private boolean isDue() {
    if (machine.applied().equals(durable)) {
      return false;
    }
    long ageNanos = clock.nanoTime() - sinceNanos;
    return whenDone != null
        || logBytes >= policy.logBytes()
        || ageNanos >= policy.ageMillis() * 1_000_000
        || machine.checkpointDue();
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
    } catch (IOException | RuntimeException | Error failure) {
      loop.execute(() -> halt.accept(failure));
      return;
    }
    metrics.checkpointed(clock.nanoTime() - startNanos);
    loop.execute(() -> end(checkpoint));
  }

  private void end(StateMachine.Checkpoint checkpoint) {
    checkpoint.end();
    durable = checkpoint.applied();
    current = null;
    phase = Phase.IDLE;
    truncating = log.truncatePrefix(durable, () -> truncating = false);
    tellWhenDone();
  }

  /// Has the state written once more, if there is anything new, then runs `done`. What is applied
  /// meanwhile stays in the log.
  void finish(RaftCore core, Runnable done) {
    whenDone = done;
    if (phase == Phase.IDLE && machine.applied().equals(durable)) {
      tellWhenDone();
    } else {
      maybeRun(core);
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
