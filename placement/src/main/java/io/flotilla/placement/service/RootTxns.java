package io.flotilla.placement.service;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
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
    List<Integer> subBases =
        TxnWorks.subBases(work, succeeded, answers, key -> placeOfOwner(commit, key));
    if (subBases == null) {
      return new CommandResult.Rejected(new Rejection.RequestTooLarge());
    }
    boolean mutates = TxnWorks.mutates(work, succeeded, answers);
    return commit(commit, new Chosen(succeeded, mutates, subBases));
  }

  /// What a transaction does.
  ///
  /// @param subBases by participant, then that of the root group
  private record Chosen(List<Boolean> succeeded, boolean mutates, List<Integer> subBases) {}

  /// Which participant has a key; behind them all for the root group.
  private int placeOfOwner(TxnCommit commit, Key key) {
    int owner = state.map.map().locate(key).group().value();
    int place = 0;
    while (place < commit.getParticipantsCount()
        && commit.getParticipants(place).getGroup() != owner) {
      place++;
    }
    return place;
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

  private CommandResult commit(TxnCommit commit, Chosen chosen) {
    long before = state.keys.revision();
    long revision = chosen.mutates() ? before + 1 : before;
    TxnWork work = commit.getWork();
    TxnResponse part =
        state.keys.executePart(
            work, chosen.succeeded(), ownRanges(), revision, chosen.subBases().getLast());
    boolean changed = state.keys.revision() > before;
    if (chosen.mutates()) {
      state.keys.advanceTo(revision);
    }
    attachOrForget(work, chosen.succeeded());
    tell(commit, chosen, changed);
    state.verdicts.commit(commit.getId());
    var decision =
        TxnDecision.newBuilder()
            .setId(commit.getId())
            .setRevision(revision)
            .setMutates(chosen.mutates())
            .addAllSucceeded(chosen.succeeded())
            .setRootPart(part);
    return new CommandResult.Done(decision, revision);
  }

  private List<KeyRange> ownRanges() {
    return state.keys.own().ranges();
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
  private void tell(TxnCommit commit, Chosen chosen, boolean rootChanged) {
    var owners = new ArrayList<GroupId>();
    if (rootChanged) {
      owners.add(GroupId.ROOT);
    }
    for (int place = 0; place < commit.getParticipantsCount(); place++) {
      var group = new GroupId(commit.getParticipants(place).getGroup());
      if (state.order.has(group)) {
        add(group, JournalItem.newBuilder().setCommit(content(commit, chosen, place)));
        owners.add(group);
      }
    }
    if (chosen.mutates()) {
      long revision = state.keys.revision();
      feed.ordered(revision, revision, owners);
    }
  }

  private static JournalItem.Commit.Builder content(TxnCommit commit, Chosen chosen, int place) {
    return JournalItem.Commit.newBuilder()
        .setId(commit.getId())
        .setMutates(chosen.mutates())
        .addAllSucceeded(chosen.succeeded())
        .setSubBase(chosen.subBases().get(place));
  }

  /// Unless the transaction is committed it never will be. These groups unlock, also after the
  /// commit: a copy of the prepare may have come later than that.
  ///
  /// @param term of the entry
  void abort(TxnAbort abort, long term) {
    state.verdicts.enterTerm(term);
    abort(abort.getId(), abort.getGroupsList().stream().map(GroupId::new).toList());
  }

  private void abort(TxnId id, List<GroupId> groups) {
    state.verdicts.abort(id);
    groups.stream()
        .filter(state.order::has)
        .forEach(group -> add(group, JournalItem.newBuilder().setAbort(id)));
  }

  private void add(GroupId group, JournalItem.Builder content) {
    feed.item(group, state.order.add(group, content, state.keys.revision()));
  }
}
