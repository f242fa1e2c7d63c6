package io.flotilla.placement.service;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.order.TxnVerdicts.Verdict;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.command.TxnAbort;
import io.flotilla.proto.command.TxnCommit;
import io.flotilla.proto.command.TxnDecision;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.ordered.LeasedKey;
import io.flotilla.raft.ordered.TxnFacts;
import io.flotilla.raft.ordered.TxnWorks;
import io.flotilla.raft.shard.CommandResult;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// Decides cross-shard transactions: where a commit is executed is the commit point.
///
/// Whatever a commit is answered with, its participants are told by their journals in the same
/// entry: that it is committed, or that it never will be.
final class RootTxns {
  private final RootState state;
  private final OrderFeed feed;
  private final RootHandovers handovers;

  RootTxns(RootState state, OrderFeed feed, RootHandovers handovers) {
    this.state = state;
    this.feed = feed;
    this.handovers = handovers;
  }

  /// Runs a commit, once for its request id; a repeated one gets the first decision, which may
  /// name another transaction. What is refused as `Held` was not decided: it may be run again as
  /// another transaction, under the same request id.
  ///
  /// @param term of the entry
  CommandResult commit(Command command, long term) {
    TxnCommit commit = command.getTxnCommit();
    state.verdicts.enterTerm(term);
    CommandResult result = decideOnce(command, commit);
    if (state.verdicts.of(commit.getId()) != Verdict.COMMITTED) {
      abort(commit.getId(), participants(commit));
    }
    return result;
  }

  private CommandResult decideOnce(Command command, TxnCommit commit) {
    if (state.keys.requests().isNew(command)) {
      Rejection undecided = undecidable(commit);
      if (undecided != null) {
        return new CommandResult.Rejected(undecided);
      }
    }
    return state.keys.requests().once(command, first -> decide(first, commit));
  }

  /// Why it cannot be decided whether the transaction takes place: nothing is remembered of it.
  private @Nullable Rejection undecidable(TxnCommit commit) {
    return switch (state.verdicts.of(commit.getId())) {
      case COMMITTED -> new Rejection.OutcomeUnknown();
      case ABORTED, CLOSED -> new Rejection.Held();
      case OPEN -> isComplete(commit) ? null : new Rejection.Held();
    };
  }

  /// Whether every group answered that has keys of the transaction: one may have been registered
  /// with the lease since, or have got keys. A handover has to be the one that was begun.
  private boolean isComplete(TxnCommit commit) {
    SortedSet<GroupId> answered = new TreeSet<>(participants(commit));
    answered.add(GroupId.ROOT);
    TxnWork work = commit.getWork();
    if (work.hasHandover()) {
      return handovers.mayCommit(commit, answered);
    }
    if (work.hasRevokeLease()) {
      return answered.containsAll(state.leaseGroups.of(work.getRevokeLease()));
    }
    return TxnWorks.spans(work).stream()
        .flatMap(span -> state.map.map().locate(span).stream())
        .allMatch(shard -> answered.contains(shard.group()));
  }

  /// Those that exist: a group that is gone holds no lock.
  private List<GroupId> participants(TxnCommit commit) {
    return commit.getParticipantsList().stream()
        .map(each -> new GroupId(each.getGroup()))
        .filter(state.order::has)
        .toList();
  }

  private CommandResult decide(Command command, TxnCommit commit) {
    Rejection refusal = AlarmGate.check(command, state.alarms);
    if (refusal != null) {
      return new CommandResult.Rejected(refusal);
    }
    TxnWork work = commit.getWork();
    if (work.hasHandover()) {
      return handOver(commit);
    }
    var answers = new ArrayList<PrepareAnswer>();
    commit.getParticipantsList().forEach(each -> answers.add(each.getAnswer()));
    answers.add(state.keys.examine(work, ownRanges()));
    List<Boolean> succeeded = TxnWorks.succeeded(work, answers);
    refusal = TxnWorks.firstRefusal(work, succeeded, answers, facts());
    if (refusal != null) {
      return new CommandResult.Rejected(refusal);
    }
    return commit(commit, succeeded, TxnWorks.mutates(work, succeeded, answers));
  }

  private CommandResult handOver(TxnCommit commit) {
    handovers.commit(commit);
    state.verdicts.commit(commit.getId());
    long revision = state.keys.revision();
    var decision = TxnDecision.newBuilder().setId(commit.getId()).setRevision(revision);
    return new CommandResult.Done(decision, revision);
  }

  private TxnFacts facts() {
    return new TxnFacts() {
      @Override
      public boolean leaseExists(long lease) {
        return state.leases().exists(lease);
      }

      @Override
      public @Nullable Rejection unreadable(long revision) {
        return state.keys.unreadable(revision);
      }
    };
  }

  private List<KeyRange> ownRanges() {
    return state.map.map().shards().stream()
        .filter(shard -> shard.group().equals(GroupId.ROOT))
        .map(Shard::range)
        .toList();
  }

  private CommandResult commit(TxnCommit commit, List<Boolean> succeeded, boolean mutates) {
    long before = state.keys.revision();
    long revision = mutates ? before + 1 : before;
    TxnWork work = commit.getWork();
    TxnResponse part = state.keys.executePart(work, succeeded, ownRanges(), revision);
    boolean changed = state.keys.revision() > before;
    if (mutates) {
      state.keys.advanceTo(revision);
    }
    attachOrForget(work, succeeded);
    tell(commit, succeeded, mutates, changed);
    state.verdicts.commit(commit.getId());
    var decision =
        TxnDecision.newBuilder()
            .setId(commit.getId())
            .setRevision(revision)
            .setMutates(mutates)
            .addAllSucceeded(succeeded)
            .setRootPart(part);
    return new CommandResult.Done(decision, revision);
  }

  private void attachOrForget(TxnWork work, List<Boolean> succeeded) {
    if (work.hasRevokeLease()) {
      state.leaseGroups.forget(work.getRevokeLease());
      state.leases().revoke(work.getRevokeLease());
      return;
    }
    for (LeasedKey put : TxnWorks.leasedKeys(work, succeeded)) {
      GroupId owner = state.map.map().locate(put.key()).group();
      if (!owner.equals(GroupId.ROOT)) {
        state.leaseGroups.attach(put.lease(), owner);
      }
    }
  }

  /// @param rootChanged whether keys of the root group have changes at the revision
  private void tell(
      TxnCommit commit, List<Boolean> succeeded, boolean mutates, boolean rootChanged) {
    long revision = state.keys.revision();
    var content =
        JournalItem.Commit.newBuilder()
            .setId(commit.getId())
            .setMutates(mutates)
            .addAllSucceeded(succeeded);
    var owners = new ArrayList<GroupId>();
    if (rootChanged) {
      owners.add(GroupId.ROOT);
    }
    for (GroupId group : participants(commit)) {
      add(group, JournalItem.newBuilder().setCommit(content));
      owners.add(group);
    }
    if (mutates) {
      feed.ordered(revision, revision, owners);
    }
  }

  /// Unless the transaction is committed it never will be, and these groups unlock.
  ///
  /// @param term of the entry
  void abort(TxnAbort abort, long term) {
    state.verdicts.enterTerm(term);
    abort(abort.getId(), abort.getGroupsList().stream().map(GroupId::new).toList());
  }

  private void abort(TxnId id, List<GroupId> groups) {
    if (state.verdicts.abort(id)) {
      groups.stream()
          .filter(state.order::has)
          .forEach(group -> add(group, JournalItem.newBuilder().setAbort(id)));
    }
  }

  private void add(GroupId group, JournalItem.Builder content) {
    feed.item(group, state.order.add(group, content, state.keys.revision()));
  }
}
