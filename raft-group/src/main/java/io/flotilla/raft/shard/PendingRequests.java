package io.flotilla.raft.shard;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.Supplier;

/// Request ids of commands that are executed and not answered. Their place in the request table is
/// taken in log order, when they run; what they are answered with follows.
final class PendingRequests {
  private final RequestTable table;
  private final Map<Long, Execution> executionByOrder = new HashMap<>();
  private final Map<Execution, Pending> pendingByExecution = new IdentityHashMap<>();

  private record Pending(long order, Command command) {}

  PendingRequests(RequestTable table) {
    this.table = table;
  }

  Execution once(Command command, Supplier<Execution> execute) {
    if (!command.hasId()) {
      return execute.get();
    }
    long first = table.find(command.getId());
    if (first != RequestIndex.NONE) {
      Execution running = executionByOrder.get(first);
      return running != null ? running : Execution.decided(table.outcome(command, first));
    }
    if (table.isForgotten(command.getId())) {
      return Execution.decided(new CommandResult.Rejected(new Rejection.OutcomeUnknown()));
    }
    Execution execution = execute.get();
    long order = table.enterPending(command.getId());
    if (execution.isDone()) {
      table.complete(order, command, execution.result());
    } else {
      executionByOrder.put(order, execution);
      pendingByExecution.put(execution, new Pending(order, command));
    }
    return execution;
  }

  /// Stores the outcome of an execution that has become done.
  void finished(Execution execution) {
    Pending pending = pendingByExecution.remove(execution);
    if (pending != null) {
      executionByOrder.remove(pending.order());
      table.complete(pending.order(), pending.command(), execution.result());
    }
  }
}
