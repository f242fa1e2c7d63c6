package io.flotilla.placement.txn;

import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.client.Coordinator;
import io.flotilla.placement.duty.Proposer;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.host.Applied;
import io.flotilla.raft.shard.CommandResult;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Hands what the root leader's duties propose to the coordinator beside it. It never goes through
/// another node, so a leader that was replaced does not act through its successor.
public final class CoordinatedProposer implements Proposer {
  private final Coordinator coordinator;
  private final Clock clock;
  private final Scheduler loop;
  private final long timeoutNanos;

  /// @param timeoutMillis after which the fate of a transaction is given up
  public CoordinatedProposer(
      Coordinator coordinator, Clock clock, Scheduler loop, long timeoutMillis) {
    this.coordinator = coordinator;
    this.clock = clock;
    this.loop = loop;
    this.timeoutNanos = timeoutMillis * 1_000_000;
  }

  @Override
  public void propose(Command command, Consumer<CommandResult> onResult) {
    coordinator
        .run(command, clock.nanoTime() + timeoutNanos)
        .onComplete(
            (applied, failure) -> {
              CommandResult result = result(applied, failure);
              loop.execute(() -> onResult.accept(result));
            });
  }

  private static CommandResult result(Applied applied, @Nullable Throwable failure) {
    return switch (failure) {
      case null -> applied.result();
      case RejectedException rejected -> new CommandResult.Rejected(rejected.rejection());
      default -> new CommandResult.Rejected(new Rejection.OutcomeUnknown());
    };
  }
}
