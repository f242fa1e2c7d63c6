package io.flotilla.placement.testing;

import io.flotilla.base.Rejection;
import io.flotilla.placement.duty.Proposer;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.LeaseRevokeResponse;
import io.flotilla.raft.shard.CommandResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.function.Consumer;

/// Keeps proposals until a test answers them, oldest first.
public final class ManualProposer implements Proposer {
  private record Waiting(Command command, Consumer<CommandResult> onResult) {}

  private final Deque<Waiting> waiting = new ArrayDeque<>();

  @Override
  public void propose(Command command, Consumer<CommandResult> onResult) {
    waiting.add(new Waiting(command, onResult));
  }

  public int size() {
    return waiting.size();
  }

  public List<Command> commands() {
    List<Command> commands = new ArrayList<>();
    waiting.forEach(w -> commands.add(w.command()));
    return commands;
  }

  /// Answers the oldest proposal as done, after `apply` had its effect.
  public Command done(Consumer<Command> apply) {
    Waiting first = waiting.remove();
    apply.accept(first.command());
    first.onResult().accept(new CommandResult.Done(LeaseRevokeResponse.newBuilder(), 1));
    return first.command();
  }

  public Command done() {
    return done(command -> {});
  }

  public Command reject(Rejection why) {
    Waiting first = waiting.remove();
    first.onResult().accept(new CommandResult.Rejected(why));
    return first.command();
  }
}
