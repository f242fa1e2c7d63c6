package io.flotilla.raft.shard;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;

/// Request ids of commands whose outcome is not in the request table: it follows when their
/// mutation is ordered, or never, if they changed nothing. Their place in the table is taken in log
/// order, when they run.
final class PendingRequests {
  /// Most answers of commands that changed nothing which are remembered; each is small.
  private static final int KEPT_ANSWERS = 1024;

  private static final int KEPT_ANSWER_BYTES = 1024;

  private final RequestTable table;
  private final Map<Long, Execution> executionByOrder = new HashMap<>();
  private final Map<Execution, Long> orderByExecution = new IdentityHashMap<>();
  // of those that changed nothing: answered, or not awaited by anybody yet
  private final Map<Long, Execution> unchanging = new LinkedHashMap<>();

  PendingRequests(RequestTable table) {
    this.table = table;
  }

  /// @param executed mutations so far
  Execution once(Command command, long executed, Supplier<Execution> execute) {
    if (!command.hasId()) {
      return execute.get();
    }
    long first = table.find(command.getId());
    if (first != RequestIndex.NONE) {
      Execution running = executionByOrder.get(first);
      return running != null && isSame(running.command(), command)
          ? running
          : Execution.decided(command, table.outcome(command, first), executed);
    }
    if (table.isForgotten(command.getId())) {
      var unknown = new CommandResult.Rejected(new Rejection.OutcomeUnknown());
      return Execution.decided(command, unknown, 0);
    }
    Execution execution = execute.get();
    long order = table.enterPending(command.getId());
    if (execution.isDone()) {
      table.complete(order, command, execution.result());
    } else {
      remember(order, execution);
    }
    return execution;
  }

  /// An id that comes back with another kind of command was not given out by a router that counts.
  private static boolean isSame(Command first, Command repeated) {
    return first.getBodyCase() == repeated.getBodyCase();
  }

  private void remember(long order, Execution execution) {
    executionByOrder.put(order, execution);
    orderByExecution.put(execution, order);
    if (!execution.mutates()) {
      unchanging.put(order, execution);
      if (unchanging.size() > KEPT_ANSWERS) {
        forget(unchanging.values().iterator().next());
      }
    }
  }

  /// A mutation was executed again after a restart.
  void restore(Execution execution) {
    if (execution.command().hasId()) {
      long order = table.find(execution.command().getId());
      if (order != RequestIndex.NONE) {
        remember(order, execution);
      }
    }
  }

  /// Stores the outcome of a mutation that has become done.
  void finished(Execution execution) {
    Long order = orderByExecution.remove(execution);
    if (order != null) {
      executionByOrder.remove(order);
      table.complete(order, execution.command(), execution.result());
    }
  }

  /// An execution that changed nothing was answered, with something that is no part of the state.
  void answered(Execution execution) {
    if (execution.result() instanceof CommandResult.Done done
        && done.response().buildPartial().getSerializedSize() > KEPT_ANSWER_BYTES) {
      forget(execution);
    }
  }

  /// Gives up what is known of an execution that changed nothing.
  void forget(Execution execution) {
    Long order = orderByExecution.remove(execution);
    if (order != null) {
      executionByOrder.remove(order);
      unchanging.remove(order);
    }
  }
}
