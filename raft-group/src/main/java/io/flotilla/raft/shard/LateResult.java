package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.check;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// The result of a command that was executed and is answered later, on the group's loop. It may
/// never come: where a replica is restarted, or nobody is left who could order the command.
public final class LateResult implements CommandOutcome {
  private final List<Consumer<CommandResult>> listeners = new ArrayList<>(1);
  private @Nullable CommandResult result;
  private @Nullable Runnable onAwaited;

  /// Runs `hook` when somebody begins to wait: now, if somebody does; never, if the result comes
  /// first. One hook at most.
  public void onAwaited(Runnable hook) {
    if (isAwaited()) {
      hook.run();
    } else {
      onAwaited = hook;
    }
  }

  /// Whether somebody waits.
  public boolean isAwaited() {
    return !listeners.isEmpty();
  }

  /// Runs `listener` with the result: now, if there is one.
  public void then(Consumer<CommandResult> listener) {
    CommandResult known = result;
    if (known == null) {
      listeners.add(listener);
      awaited();
    } else {
      listener.accept(known);
    }
  }

  private void awaited() {
    Runnable hook = onAwaited;
    if (hook != null) {
      onAwaited = null;
      hook.run();
    }
  }

  /// Once.
  public void complete(CommandResult known) {
    check(result == null, "a command has one result");
    result = known;
    List.copyOf(listeners).forEach(listener -> listener.accept(known));
    listeners.clear();
  }

  public boolean isDone() {
    return result != null;
  }
}
