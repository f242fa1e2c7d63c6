package io.flotilla.placement.txn;

import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.placement.client.Coordinator;
import io.flotilla.placement.duty.Proposer;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.host.Applied;
import io.flotilla.raft.shard.CommandResult;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Proposals of the root leader's duties: what the root group refuses because it concerns shard
/// groups, too, is run by the coordinator beside it. Neither goes through another node, so a leader
/// that was replaced does not act through its successor.
public final class CoordinatedProposer implements Proposer {
  private final Proposer local;
  private final Coordinator coordinator;
  private final Clock clock;
  private final long timeoutNanos;

  /// @param local proposes to the root group's replica here
  /// @param timeoutMillis after which the fate of a transaction is given up
  public CoordinatedProposer(
      Proposer local, Coordinator coordinator, Clock clock, long timeoutMillis) {
    this.local = local;
    this.coordinator = coordinator;
    this.clock = clock;
    this.timeoutNanos = timeoutMillis * 1_000_000;
  }

  @Override
  public void propose(Command command, Consumer<CommandResult> onResult) {
    local.propose(
        command,
        result -> {
          if (result instanceof CommandResult.Rejected(Rejection.NeedsCommit _)) {
            coordinate(command, onResult);
          } else {
            onResult.accept(result);
          }
        });
  }

  /// Called on the loop later than the proposal, as proposers promise.
  private void coordinate(Command command, Consumer<CommandResult> onResult) {
    coordinator
        .run(command, clock.nanoTime() + timeoutNanos)
        .onComplete((applied, failure) -> onResult.accept(result(applied, failure)));
  }

  private static CommandResult result(Applied applied, @Nullable Throwable failure) {
    return switch (failure) {
      case null -> applied.result();
      case RejectedException rejected -> new CommandResult.Rejected(rejected.rejection());
      default -> new CommandResult.Rejected(new Rejection.OutcomeUnknown());
    };
  }
}
