package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.check;

import org.jspecify.annotations.Nullable;

/// A command of a shard group whose outcome is decided and whose revision may still be open. A
/// repeated command gets the execution of the first one.
public final class Execution {
  private final @Nullable Mutation mutation;
  private final long waitsFor;
  private final long orderedBefore;
  private CommandResult result;
  private boolean done;

  /// @param waitsFor the newest mutation that it saw, itself included
  /// @param orderedBefore the newest mutation whose revision was known when it ran
  Execution(@Nullable Mutation mutation, long waitsFor, long orderedBefore, CommandResult result) {
    this.mutation = mutation;
    this.waitsFor = waitsFor;
    this.orderedBefore = orderedBefore;
    this.result = result;
    this.done = result instanceof CommandResult.Rejected;
  }

  /// Of a repeated command that was answered before.
  static Execution decided(CommandResult result) {
    var execution = new Execution(null, 0, 0, result);
    execution.done = true;
    return execution;
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
