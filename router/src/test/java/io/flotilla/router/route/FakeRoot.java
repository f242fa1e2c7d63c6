package io.flotilla.router.route;

import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/// A root group that gives prepared answers, and time that passes when a test says so.
final class FakeRoot implements GroupDoor, Clock, Scheduler {
  final List<Command> proposed = new ArrayList<>();
  final List<Query<?>> asked = new ArrayList<>();
  final List<ReadMode> modes = new ArrayList<>();
  /// Results of reads or exceptions, in order; the last one stays.
  final Deque<Object> answers = new ArrayDeque<>();
  private final Deque<Runnable> scheduled = new ArrayDeque<>();
  private long now;

  @Override
  public Future<CommandResult> propose(Command command, long deadlineNanos) {
    proposed.add(command);
    return Future.failedFuture("no test proposes");
  }

  @Override
  @SuppressWarnings("unchecked")
  public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
    modes.add(mode);
    asked.add(query);
    Object answer = answers.size() > 1 ? answers.poll() : answers.getFirst();
    return answer instanceof Throwable failure
        ? Future.failedFuture(failure)
        : Future.succeededFuture((T) answer);
  }

  /// Runs what is scheduled until nothing is.
  void run() {
    while (!scheduled.isEmpty()) {
      scheduled.poll().run();
    }
  }

  /// Runs the next that is scheduled.
  void runOne() {
    Runnable task = scheduled.poll();
    if (task != null) {
      task.run();
    }
  }

  @Override
  public long nanoTime() {
    return now;
  }

  @Override
  public long wallMillis() {
    return 0;
  }

  @Override
  public void execute(Runnable task) {
    scheduled.add(task);
  }

  @Override
  public Cancellable after(long delayMillis, Runnable task) {
    scheduled.add(
        () -> {
          now += delayMillis * 1_000_000;
          task.run();
        });
    return () -> {};
  }
}
