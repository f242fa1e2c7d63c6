package io.flotilla.placement.client;

import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.duty.LeadershipProof;
import io.flotilla.placement.duty.Proposer;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/// Proposals and proofs of leadership for the drivers on a group's loop. Over the door of the
/// group's replica here it never goes through another node; over an [AnywhereDoor] proposals reach
/// the leader wherever it is, and proofs mean nothing.
public final class GroupProposer implements Proposer, LeadershipProof {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final GroupDoor group;
  private final BooleanSupplier leads;
  private final Clock clock;
  private final Scheduler loop;
  private final long timeoutNanos;

  /// @param leads whether the replica leads, as far as it knows
  /// @param timeoutMillis after which the fate of a proposal is given up
  public GroupProposer(
      GroupDoor group, BooleanSupplier leads, Clock clock, Scheduler loop, long timeoutMillis) {
    this.group = group;
    this.leads = leads;
    this.clock = clock;
    this.loop = loop;
    this.timeoutNanos = timeoutMillis * NANOS_PER_MILLI;
  }

  /// Proposes to whoever leads, from any replica.
  public static Proposer anywhere(
      AnywhereDoor door, Clock clock, Scheduler loop, long timeoutMillis) {
    return new GroupProposer(door, () -> false, clock, loop, timeoutMillis);
  }

  @Override
  public void propose(Command command, Consumer<CommandResult> onResult) {
    group
        .propose(command, deadline())
        .onComplete(result -> answer(onResult, result), failure -> answer(onResult, of(failure)));
  }

  /// A linearizable read needs a quorum's word, given after the read began, that its leader leads;
  /// this replica is the one it asked if it still leads afterwards.
  @Override
  public void prove(Consumer<Boolean> onAnswer) {
    group
        .read(ReadMode.LINEARIZABLE, new RootQuery.GetMap(), deadline())
        .onComplete(
            _ -> loop.execute(() -> onAnswer.accept(leads.getAsBoolean())),
            _ -> loop.execute(() -> onAnswer.accept(false)));
  }

  private void answer(Consumer<CommandResult> onResult, CommandResult result) {
    loop.execute(() -> onResult.accept(result));
  }

  /// What is no refusal tells nothing about the fate of the command.
  private static CommandResult of(Throwable failure) {
    boolean refused = failure instanceof RejectedException;
    Rejection why =
        refused ? ((RejectedException) failure).rejection() : new Rejection.OutcomeUnknown();
    return new CommandResult.Rejected(why);
  }

  private long deadline() {
    return clock.nanoTime() + timeoutNanos;
  }
}
