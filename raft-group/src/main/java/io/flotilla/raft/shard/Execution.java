package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.check;

import io.flotilla.proto.command.Command;
import org.jspecify.annotations.Nullable;

/// A command of a shard group whose outcome is decided and whose revision may still be open. A
/// repeated command gets the execution of the first one.
public final class Execution {
  private final Command command;
  private final @Nullable Mutation mutation;
  private final LateResult late = new LateResult();
  private final long waitsFor;
  private final long orderedBefore;
  private CommandResult result;
  private boolean done;
  private boolean handedOut;

  /// @param waitsFor the newest mutation that it saw, itself included
  /// @param orderedBefore the newest mutation whose revision was known when it ran
  Execution(
      Command command,
      @Nullable Mutation mutation,
      long waitsFor,
      long orderedBefore,
      CommandResult result) {
    this.command = command;
    this.mutation = mutation;
    this.waitsFor = waitsFor;
    this.orderedBefore = orderedBefore;
    this.result = result;
    this.done = result instanceof CommandResult.Rejected;
  }

  /// Of a repeated command whose outcome is known.
  ///
  /// @param executed mutations so far, some of which the outcome may be due to
  static Execution decided(Command command, CommandResult result, long executed) {
    long waitsFor = result instanceof CommandResult.Rejected ? executed : 0;
    var execution = new Execution(command, null, waitsFor, 0, result);
    execution.done = true;
    return execution;
  }

  public Command command() {
    return command;
  }

  /// Where its outcome is told when it can be; whoever orders and answers completes it.
  public LateResult late() {
    return late;
  }

  /// Where one who asked for the command is told its outcome. Those who repeated it get responses
  /// of their own: whoever gets one may change it.
  public LateResult handOut() {
    if (!handedOut) {
      handedOut = true;
      return late;
    }
    var own = new LateResult();
    own.onAwaited(() -> late.then(known -> own.complete(copy(known))));
    return own;
  }

  private static CommandResult copy(CommandResult known) {
    return switch (known) {
      case CommandResult.Done done ->
          new CommandResult.Done(done.response().buildPartial().toBuilder(), done.revision());
      case CommandResult.Rejected rejected -> rejected;
    };
  }

  /// The local sequence number of its mutation; 0 if it changes nothing.
  public long sequence() {
    return mutation == null ? 0 : mutation.sequence();
  }

  /// Whether it changes a key, and so takes a revision.
  public boolean mutates() {
    return mutation != null;
  }

  /// The local sequence number of the mutation that has to be ordered before this can be answered:
  /// its own, or the newest whose changes it saw.
  public long waitsFor() {
    return waitsFor;
  }

  /// Whether [#result] may be asked.
  public boolean isDone() {
    return done;
  }

  /// The outcome with every revision in its place.
  public CommandResult result() {
    check(done, "a result is read when its revisions are known");
    return result;
  }

  @Nullable Mutation mutation() {
    return mutation;
  }

  long orderedBefore() {
    return orderedBefore;
  }

  /// Fills in revisions; with `last` there are no open ones afterwards.
  void fill(RevisionFill fill, boolean last) {
    check(!done, "revisions are filled in once");
    if (result instanceof CommandResult.Done executed) {
      fill.fill(executed.response());
      result = new CommandResult.Done(executed.response(), fill.fill(executed.revision()));
    }
    done = last;
  }
}
