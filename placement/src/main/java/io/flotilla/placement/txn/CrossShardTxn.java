package io.flotilla.placement.txn;

import io.flotilla.base.GroupId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.handover.RangeSwitch;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.command.TxnCommit;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.raft.host.Applied;
import io.flotilla.raft.ordered.TxnWorks;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/// One request at the coordinator, from its arrival to its answer. Owned by the loop.
final class CrossShardTxn {
  enum Phase {
    /// Behind others that it conflicts with.
    WAITING,
    /// The groups are locking their keys.
    PREPARING,
    /// All have locked them, and what is left of the range is being copied: of a handover.
    COPYING,
    /// The commit is on its way through the root group's log.
    COMMITTING,
    /// Committed; the groups' parts of the answer are on their way.
    COLLECTING,
    /// Answered.
    DONE
  }

  final Command command;
  final TxnWork work;
  final long cameNanos;
  final long deadlineNanos;
  final int bytes;
  /// Of a handover; null for any other.
  final RangeSwitch.@Nullable LastCopy last;
  private final Promise<Applied> promise = Promise.promise();
  private Phase phase = Phase.WAITING;
  // of the present attempt
  private TxnId id = TxnId.getDefaultInstance();
  private SortedSet<GroupId> groups = new TreeSet<>();
  private final TreeMap<GroupId, PrepareAnswer> answers = new TreeMap<>();
  private int open;
  private @Nullable Rejection refusal;

  CrossShardTxn(Command command, long cameNanos, long deadlineNanos) {
    this.command = command;
    this.work = TxnWorks.work(command);
    this.cameNanos = cameNanos;
    this.deadlineNanos = deadlineNanos;
    this.bytes = command.getSerializedSize();
    this.last = null;
  }

  /// A handover: nobody's request.
  CrossShardTxn(Handover handover, RangeSwitch.LastCopy last, long cameNanos, long deadlineNanos) {
    this.command = Command.getDefaultInstance();
    this.work = TxnWorks.handover(handover);
    this.cameNanos = cameNanos;
    this.deadlineNanos = deadlineNanos;
    this.bytes = work.getSerializedSize();
    this.last = last;
  }

  Future<Applied> future() {
    return promise.future();
  }

  Phase phase() {
    return phase;
  }

  void become(Phase next) {
    phase = next;
  }

  TxnId id() {
    return id;
  }

  /// The shard groups that take part, ascending.
  SortedSet<GroupId> groups() {
    return groups;
  }

  /// Whether the root group's own keys are handed over: they are fenced, not prepared.
  boolean leavesRoot() {
    return work.hasHandover() && work.getHandover().getFrom() == GroupId.ROOT.value();
  }

  /// A new attempt begins.
  void prepare(TxnId newId, SortedSet<GroupId> newGroups) {
    phase = Phase.PREPARING;
    id = newId;
    groups = newGroups;
    answers.clear();
    refusal = null;
    open = newGroups.size();
  }

  /// A group has locked its keys; true when it was the last to be heard of.
  boolean onPrepared(GroupId group, PrepareAnswer answer) {
    answers.put(group, answer);
    return --open == 0;
  }

  /// A group has not, or it is not known; true when it was the last to be heard of.
  boolean onNotPrepared(Rejection why) {
    refusal = refusal == null ? why : refusal;
    return --open == 0;
  }

  /// Why this attempt cannot be committed; null if it can.
  @Nullable Rejection refusal() {
    return refusal;
  }

  /// @param completeTo of a handover; 0 for any other
  TxnCommit commit(long completeTo) {
    var commit = TxnCommit.newBuilder().setId(id).setWork(work).setCompleteTo(completeTo);
    answers.forEach(
        (group, answer) ->
            commit.addParticipants(
                TxnCommit.Participant.newBuilder().setGroup(group.value()).setAnswer(answer)));
    return commit.build();
  }

  void answer(Applied applied) {
    phase = Phase.DONE;
    promise.tryComplete(applied);
  }

  void refuse(Rejection why) {
    phase = Phase.DONE;
    promise.tryFail(why.asException());
  }
}
