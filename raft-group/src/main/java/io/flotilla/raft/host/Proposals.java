package io.flotilla.raft.host;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;
import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.ProposeResult;
import io.flotilla.raft.core.RaftCore;
import io.flotilla.raft.shard.CommandResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The proposals of one group that wait: first gathered, until the turn's end makes entries of
/// them, then appended, until their entry is applied or lost from sight.
///
/// What was only gathered when it is given up had no effect; what was appended may have had it.
final class Proposals {
  /// An entry of this leader, with its commands as they were before encoding.
  record Batch(EntryId id, List<Command> commands, List<Proposal> proposals) {}

  private final HostConfig.Limits limits;
  private final Answers answers;
  private final HostMetrics metrics;
  private final List<Proposal> gathered = new ArrayList<>();
  private final ArrayDeque<Batch> appended = new ArrayDeque<>();
  private int count;
  private long bytes;

  Proposals(HostConfig.Limits limits, Answers answers, HostMetrics metrics) {
    this.limits = limits;
    this.answers = answers;
    this.metrics = metrics;
  }

  int count() {
    return count;
  }

  boolean isIdle() {
    return count == 0;
  }

  boolean hasGathered() {
    return !gathered.isEmpty();
  }

  void admit(Proposal proposal) {
    if (count >= limits.proposals() || bytes + proposal.bytes() > limits.proposalBytes()) {
      metrics.proposalsFailed(1);
      proposal.refuse(answers, new Rejection.TooManyRequests());
      return;
    }
    count++;
    bytes += proposal.bytes();
    metrics.pendingProposals(1);
    gathered.add(proposal);
  }

  /// Makes entries of what was gathered and is still in time.
  void append(RaftCore core, long nowNanos) {
    var batch = new ArrayList<Proposal>(gathered.size());
    long batchBytes = 0;
    for (Proposal proposal : gathered) {
      if (proposal.isExpired(nowNanos)) {
        giveUp(proposal, new Rejection.TimedOut());
        continue;
      }
      if (batchBytes + proposal.bytes() > limits.entryBytes() && !batch.isEmpty()) {
        propose(core, batch);
        batch = new ArrayList<>();
        batchBytes = 0;
      }
      batch.add(proposal);
      batchBytes += proposal.bytes();
    }
    gathered.clear();
    if (!batch.isEmpty()) {
      propose(core, batch);
    }
  }

  private void propose(RaftCore core, List<Proposal> batch) {
    var commands = new ArrayList<Command>(batch.size());
    for (Proposal proposal : batch) {
      commands.add(proposal.command());
    }
    switch (core.propose(CommandBatches.encode(commands))) {
      case ProposeResult.Appended(EntryId id) -> appended.add(new Batch(id, commands, batch));
      case ProposeResult.Refused(Rejection why) -> batch.forEach(each -> giveUp(each, why));
    }
  }

  /// The batch whose entry this is; null if another leader made the entry. Batches of earlier
  /// entries were replaced and will never be applied.
  @Nullable Batch find(EntryId id) {
    while (!appended.isEmpty() && appended.getFirst().id().index() <= id.index()) {
      if (appended.getFirst().id().equals(id)) {
        return appended.getFirst();
      }
      lose(appended.removeFirst());
    }
    return null;
  }

  /// The batch found last was applied with these results.
  void answer(Batch batch, List<CommandResult> results) {
    check(appended.pollFirst() == batch, "batches are applied in the order of the log");
    List<Proposal> proposals = batch.proposals();
    checkEqual(results.size(), proposals.size(), "each command has a result");
    for (int i = 0; i < proposals.size(); i++) {
      proposals.get(i).succeed(answers, results.get(i));
      release(proposals.get(i));
    }
    metrics.proposalsApplied(proposals.size());
  }

  /// This replica does not lead any more: what was appended may yet be committed by the next
  /// leader.
  void loseSight() {
    appended.forEach(this::lose);
    appended.clear();
  }

  private void lose(Batch batch) {
    batch.proposals().forEach(proposal -> giveUp(proposal, new Rejection.OutcomeUnknown()));
  }

  /// Answers whatever is past its deadline; appended entries stay in the books until applied.
  void expire(long nowNanos) {
    if (count == 0) {
      return;
    }
    gathered.removeIf(
        proposal -> {
          boolean expired = proposal.isExpired(nowNanos);
          if (expired) {
            giveUp(proposal, new Rejection.TimedOut());
          }
          return expired;
        });
    for (Batch batch : appended) {
      for (Proposal proposal : batch.proposals()) {
        if (!proposal.isAnswered() && proposal.isExpired(nowNanos)) {
          metrics.proposalsFailed(1);
          proposal.refuse(answers, new Rejection.OutcomeUnknown());
        }
      }
    }
  }

  /// Refuses what was gathered; it had no effect.
  void refuseGathered(Rejection why) {
    gathered.forEach(proposal -> giveUp(proposal, why));
    gathered.clear();
  }

  private void giveUp(Proposal proposal, Rejection why) {
    if (!proposal.isAnswered()) {
      metrics.proposalsFailed(1);
    }
    proposal.refuse(answers, why);
    release(proposal);
  }

  private void release(Proposal proposal) {
    count--;
    bytes -= proposal.bytes();
    metrics.pendingProposals(-1);
    checkAtMost(0, bytes, "bytes in flight are not negative");
  }
}
