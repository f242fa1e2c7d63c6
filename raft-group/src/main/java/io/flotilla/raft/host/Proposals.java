package io.flotilla.raft.host;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;
import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.ProposeResult;
import io.flotilla.raft.core.RaftCore;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.LateResult;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// The proposals of one group that wait: first gathered, until the turn's end makes entries of
/// them, then appended, until the log has decided about their entry.
///
/// What was only gathered when it is given up had no effect. What was appended may have it still
/// when this replica does not lead any more: the next leader may commit it or put another entry in
/// its place, and this replica's log will show which.
final class Proposals {
  /// An entry of this leader, with its commands as they were before encoding.
  record Batch(EntryId id, List<Command> commands, List<Proposal<?>> proposals) {}

  private final HostConfig.Limits limits;
  private final Answers answers;
  private final HostMetrics metrics;
  private final Supplier<Rejection> replaced;
  private List<Proposal<?>> gathered = new ArrayList<>();
  private final ArrayDeque<Batch> appended = new ArrayDeque<>();
  // entries of leaderships that ended, undecided yet
  private final List<Batch> orphaned = new ArrayList<>();
  // applied, with results that come later
  private final Set<Proposal<?>> late = new LinkedHashSet<>();
  private final Runnable onLateAnswer;
  // its entry is being applied
  private @Nullable Batch applying;
  private int count;
  private long bytes;

  /// @param onLateAnswer runs when an answer was collected that came late
  /// @param replaced what the clients of commands are told whose entry lost its place to that of
  ///     another leader: that nothing was done
  Proposals(
      HostConfig.Limits limits,
      Answers answers,
      HostMetrics metrics,
      Runnable onLateAnswer,
      Supplier<Rejection> replaced) {
    this.limits = limits;
    this.answers = answers;
    this.metrics = metrics;
    this.onLateAnswer = onLateAnswer;
    this.replaced = replaced;
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

  void admit(Proposal<?> proposal) {
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

  /// Makes entries of what was gathered, is still in time, and is let in. Whoever hears from the
  /// gate may propose at once: that waits for the next turn.
  void append(RaftCore core, StateMachine gate, long nowNanos) {
    List<Proposal<?>> taken = gathered;
    gathered = new ArrayList<>();
    var batch = new ArrayList<Proposal<?>>(taken.size());
    long batchBytes = 0;
    Rejection stopped = null;
    for (Proposal<?> proposal : taken) {
      if (stopped != null) {
        giveUp(proposal, stopped);
        continue;
      }
      if (proposal.isExpired(nowNanos)) {
        giveUp(proposal, new Rejection.TimedOut());
        continue;
      }
      Rejection refusal = gate.refuse(proposal.command());
      if (refusal != null) {
        giveUp(proposal, refusal);
        continue;
      }
      if (batchBytes + proposal.bytes() > limits.entryBytes() && !batch.isEmpty()) {
        stopped = propose(core, gate, batch);
        batch = new ArrayList<>();
        batchBytes = 0;
        if (stopped != null) {
          withdraw(gate, proposal, stopped);
          continue;
        }
      }
      batch.add(proposal);
      batchBytes += proposal.bytes();
    }
    if (!batch.isEmpty()) {
      propose(core, gate, batch);
    }
  }

  /// What was let in counts as being in the log from then on, so when an entry is refused nothing
  /// behind it is appended in this turn either. Returns why it was refused; null if it was not.
  private @Nullable Rejection propose(RaftCore core, StateMachine gate, List<Proposal<?>> batch) {
    var commands = new ArrayList<Command>(batch.size());
    for (Proposal<?> proposal : batch) {
      commands.add(proposal.command());
    }
    switch (core.propose(CommandBatches.encode(commands))) {
      case ProposeResult.Appended(EntryId id) -> {
        add(new Batch(id, commands, batch));
        return null;
      }
      case ProposeResult.Refused(Rejection why) -> {
        batch.forEach(each -> withdraw(gate, each, why));
        return why;
      }
    }
  }

  private void withdraw(StateMachine gate, Proposal<?> proposal, Rejection why) {
    gate.withdraw(proposal.command());
    giveUp(proposal, why);
  }

  private void add(Batch batch) {
    if (!appended.isEmpty() && appended.getLast().id().index() >= batch.id().index()) {
      ceaseToLead(); // and lead again, with a shorter log
    }
    appended.add(batch);
  }

  /// The batch whose entry this is; null if another leader made the entry. Asked of each entry that
  /// is applied. Batches that lost their place to it will never be applied.
  @Nullable Batch find(EntryId id) {
    Batch first = appended.peekFirst();
    if (first != null && first.id().equals(id)) {
      appended.removeFirst();
      applying = first;
    } else {
      if (first != null && (first.id().index() <= id.index() || first.id().term() < id.term())) {
        ceaseToLead(); // which will be told a moment later
      }
      applying = orphaned.isEmpty() ? null : settle(id);
    }
    return applying;
  }

  /// What an applied entry decides. Terms never go back along a log, and every later leader holds
  /// this entry, so entries of earlier terms at its index or beyond can be committed no more. What
  /// stands before it was not seen to be applied: it came, or did not come, with a state that was
  /// installed as a whole.
  private @Nullable Batch settle(EntryId applied) {
    Batch found = null;
    for (var batches = orphaned.iterator(); batches.hasNext(); ) {
      Batch batch = batches.next();
      EntryId id = batch.id();
      if (id.equals(applied)) {
        found = batch;
        batches.remove();
      } else if (id.index() < applied.index()) {
        giveUp(batch, new Rejection.OutcomeUnknown());
        batches.remove();
      } else if (id.index() == applied.index() || id.term() < applied.term()) {
        giveUp(batch, replaced.get());
        batches.remove();
      }
    }
    return found;
  }

  /// The batch found last was applied with these outcomes. Those that come later are waited for.
  void answer(Batch batch, List<? extends CommandOutcome> outcomes) {
    check(batch == applying, "a batch is answered when it was found");
    applying = null;
    List<Proposal<?>> proposals = batch.proposals();
    checkEqual(outcomes.size(), proposals.size(), "each command has an outcome");
    long index = batch.id().index();
    for (int i = 0; i < proposals.size(); i++) {
      Proposal<?> proposal = proposals.get(i);
      switch (outcomes.get(i)) {
        case CommandResult result -> succeed(proposal, result, index);
        case LateResult result -> succeedLate(proposal, result, index);
      }
    }
    metrics.proposalsApplied(proposals.size());
  }

  private void succeed(Proposal<?> proposal, CommandResult result, long index) {
    proposal.succeed(answers, result, index);
    release(proposal);
  }

  private void succeedLate(Proposal<?> proposal, LateResult outcome, long index) {
    late.add(proposal);
    outcome.then(
        result -> {
          if (late.remove(proposal)) {
            succeed(proposal, result, index);
            onLateAnswer.run();
          }
        });
  }

  /// This replica does not lead any more: what was appended may yet be committed by the next
  /// leader.
  void ceaseToLead() {
    orphaned.addAll(appended);
    appended.clear();
  }

  /// This replica ends: nobody will learn here what became of what was appended.
  void loseSight() {
    if (applying != null) {
      giveUp(applying, new Rejection.OutcomeUnknown());
      applying = null;
    }
    ceaseToLead();
    orphaned.forEach(batch -> giveUp(batch, new Rejection.OutcomeUnknown()));
    orphaned.clear();
    late.forEach(proposal -> giveUp(proposal, new Rejection.OutcomeUnknown()));
    late.clear();
  }

  private void giveUp(Batch batch, Rejection why) {
    batch.proposals().forEach(proposal -> giveUp(proposal, why));
  }

  /// Answers whatever is past its deadline; entries that this replica appended and the log holds
  /// stay in the books until they are applied.
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
    appended.forEach(batch -> expire(batch, nowNanos));
    expireOrphans(nowNanos);
    late.removeIf(
        proposal -> {
          boolean expired = proposal.isExpired(nowNanos);
          if (expired) {
            giveUp(proposal, new Rejection.OutcomeUnknown());
          }
          return expired;
        });
  }

  private void expire(Batch batch, long nowNanos) {
    for (Proposal<?> proposal : batch.proposals()) {
      if (!proposal.isAnswered() && proposal.isExpired(nowNanos)) {
        metrics.proposalsFailed(1);
        proposal.refuse(answers, new Rejection.OutcomeUnknown());
      }
    }
  }

  /// A replica that is cut off may never learn what became of them.
  private void expireOrphans(long nowNanos) {
    orphaned.forEach(batch -> expire(batch, nowNanos));
    orphaned.removeIf(
        batch -> {
          boolean forgotten = batch.proposals().stream().allMatch(Proposal::isAnswered);
          if (forgotten) {
            batch.proposals().forEach(this::release);
          }
          return forgotten;
        });
  }

  /// Refuses what was gathered; it had no effect.
  void refuseGathered(Rejection why) {
    gathered.forEach(proposal -> giveUp(proposal, why));
    gathered.clear();
  }

  private void giveUp(Proposal<?> proposal, Rejection why) {
    if (!proposal.isAnswered()) {
      metrics.proposalsFailed(1);
    }
    proposal.refuse(answers, why);
    release(proposal);
  }

  private void release(Proposal<?> proposal) {
    count--;
    bytes -= proposal.bytes();
    metrics.pendingProposals(-1);
    checkAtMost(0, bytes, "bytes in flight are not negative");
  }
}
