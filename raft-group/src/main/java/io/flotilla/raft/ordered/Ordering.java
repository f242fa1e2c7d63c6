package io.flotilla.raft.ordered;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;
import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Acquire;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.HandoverWork;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.Prepare;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Execution;
import io.flotilla.raft.shard.LateResult;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/// Executes commands and processes items on one state, and tells whoever waits what came of them.
final class Ordering {
  private final ShardGroupState state;
  private final TxnParts parts;
  private final BarrierRounds barriers;
  private final UnchangedAnswers unchanged;

  Ordering(ShardGroupState state, ShardGroupMachine machine, TxnParts parts) {
    this.state = state;
    this.parts = parts;
    this.barriers = new BarrierRounds(machine);
    this.unchanged = new UnchangedAnswers(state.keys, barriers);
    state.locks.prepared().forEach(this::hear);
  }

  BarrierRounds barriers() {
    return barriers;
  }

  UnchangedAnswers unchanged() {
    return unchanged;
  }

  // ---- commands

  /// Executes a put, a delete or a txn.
  CommandOutcome execute(Command command) {
    checkUnlocked(command);
    Execution execution = state.keys.executeUnordered(command);
    if (execution.mutates() || execution.late().isDone() || unchanged.knows(execution)) {
      return execution.handOut();
    }
    if (execution.isDone() && execution.waitsFor() <= state.keys.ordered()) {
      return execution.result();
    }
    unchanged.add(execution);
    return execution.handOut();
  }

  /// The gate sees to it, on whatever replica led.
  private void checkUnlocked(Command command) {
    if (state.locks.isEmpty() || !state.keys.requests().isNew(command)) {
      return;
    }
    var spans = TxnWorks.spans(command);
    for (Lock lock : state.locks.prepared()) {
      check(!Gate.isClosed(lock, command, spans), "nothing touches what is locked");
    }
  }

  /// The group is registered with a lease.
  void attach(long lease) {
    for (Lock lock : state.locks.prepared()) {
      check(!lock.revokes(lease), "nothing is attached to a lease under revocation");
    }
    state.leases.add(lease);
  }

  /// Locks what a transaction may read or write here. Repeated, it is answered again.
  CommandOutcome prepare(Prepare prepare, long nowNanos) {
    Lock known = state.locks.find(prepare.getId());
    if (known != null && known.wasPrepared()) {
      return known.isPrepared() ? known.answer() : unknown();
    }
    var moment = new Lock.Moment(state.keys.executed(), unchanged.nextTicket(), nowNanos);
    Lock lock = state.lock(prepare, moment);
    if (known != null) {
      // Aborted already. On other replicas the abort comes later, and the lock is there until then.
      lock.finish(known.finishedBy());
    }
    state.locks.add(lock);
    hear(lock);
    return lock.isPrepared() ? lock.answer() : unknown();
  }

  /// The answer is made when somebody wants it: until the transaction is finished it stays the
  /// same.
  private void hear(Lock lock) {
    lock.answer().onAwaited(() -> maybeAnswer(lock));
  }

  private void maybeAnswer(Lock lock) {
    LateResult answer = lock.answer();
    boolean ready = lock.isPrepared() && lock.executedBefore() <= state.keys.ordered();
    if (!ready || !answer.isAwaited() || answer.isDone()) {
      return;
    }
    if (isAboutComingKeys(lock) && !lock.isCertain()) {
      if (lock.askForBarrier()) {
        barriers.next(_ -> onBarrier(lock));
      }
      return;
    }
    var examined = state.keys.examine(lock.work(), state.own().ranges()).toBuilder();
    answer.complete(new CommandResult.Done(examined, state.keys.revision()));
  }

  /// Whether the transaction may be about keys that the group has acquired, as far as the root
  /// group knows, and that are not its own here yet.
  private boolean isAboutComingKeys(Lock lock) {
    List<KeyRange> coming = state.handovers().coming();
    return !coming.isEmpty()
        && (lock.work().hasRevokeLease() || coming.stream().anyMatch(lock.keys()::meets));
  }

  private void onBarrier(Lock lock) {
    lock.makeCertain();
    maybeAnswer(lock);
  }

  private static CommandResult unknown() {
    return new CommandResult.Rejected(new Rejection.OutcomeUnknown());
  }

  // ---- items

  /// Whether everything is there that the next item is about.
  ///
  /// @param inLog the newest item whose place in the log was reached
  boolean mayProcess(JournalItem item, long inLog) {
    return switch (item.getKindCase()) {
      case RUN -> item.getRun().getToSequence() <= state.keys.executed();
      case COMMIT -> state.locks.find(item.getCommit().getId()) != null;
      case ABORT -> true;
      case COMPACT -> item.getNumber() <= inLog;
      case ACQUIRE -> isReceived(item.getAcquire());
      case KIND_NOT_SET -> throw new IllegalArgumentException("an item says something");
    };
  }

  private boolean isReceived(Acquire acquire) {
    return state.handovers().isComplete(acquire.getNumber(), acquire.getCompleteTo());
  }

  /// The lowest revision at which an item may change keys, or which of them are the group's own;
  /// the highest number if it changes neither. What only a handover changes is changed for all
  /// revisions behind the item.
  static long firstRevision(JournalItem item) {
    return switch (item.getKindCase()) {
      case RUN -> item.getRun().getFirstRevision();
      case COMMIT -> item.getRevision() + (item.getCommit().getMutates() ? 0 : 1);
      case ACQUIRE -> item.getRevision() + 1;
      case ABORT, COMPACT, KIND_NOT_SET -> Long.MAX_VALUE;
    };
  }

  void process(JournalItem item) {
    List<Execution> done = List.of();
    switch (item.getKindCase()) {
      case RUN -> done = order(item.getRun());
      case COMMIT -> commit(item);
      case ABORT -> abort(item.getAbort(), item.getNumber());
      case COMPACT -> compact(item);
      case ACQUIRE -> acquire(item.getAcquire(), item.getNumber());
      case KIND_NOT_SET -> throw new IllegalArgumentException("an item says something");
    }
    state.counters.processed(item);
    state.keys.advanceTo(Math.max(item.getRevision(), state.keys.revision()));
    for (Execution execution : done) {
      execution.late().complete(execution.result());
    }
    if (item.hasRun() || item.hasAcquire()) {
      state.locks.prepared().forEach(this::maybeAnswer);
    }
    finish(item);
  }

  private List<Execution> order(JournalItem.Run run) {
    checkEqual(run.getFromSequence(), state.keys.ordered() + 1, "runs leave no mutation out");
    List<Execution> done = new ArrayList<>();
    long revision = run.getFirstRevision();
    for (long sequence = run.getFromSequence(); sequence <= run.getToSequence(); sequence++) {
      done.add(state.keys.order(revision));
      unchanged.ordered(sequence, revision);
      revision++;
    }
    return done;
  }

  private void commit(JournalItem item) {
    Lock lock = prepared(item.getCommit().getId());
    TxnWork work = lock.work();
    boolean mutates = item.getCommit().getMutates();
    long before = item.getRevision() - (mutates ? 1 : 0);
    state.keys.advanceTo(Math.max(before, state.keys.revision()));
    TxnResponse response = execute(work, item);
    if (work.hasHandover()) {
      giveAway(lock, item.getRevision());
    } else if (mutates && state.keys.revision() == item.getRevision()) {
      unchanged.committed(lock.ticket(), item.getRevision());
    }
    state.locks.finish(lock.id(), item.getNumber());
    parts.add(lock.id(), new TxnPart.Committed(item.getRevision(), response));
  }

  private TxnResponse execute(TxnWork work, JournalItem item) {
    JournalItem.Commit commit = item.getCommit();
    List<Boolean> succeeded = commit.getSucceededList();
    long standing = state.keys.revision();
    TxnResponse response =
        state.keys.executePart(
            work, succeeded, state.own().ranges(), item.getRevision(), commit.getSubBase());
    check(
        commit.getMutates() || state.keys.revision() == standing,
        "a commit that changes something takes a revision");
    noteLeases(work, succeeded);
    return response;
  }

  /// The range is another group's from here on. Others may change behind the commit what commands
  /// saw that were executed before the prepare: they are answered as of the commit at the latest.
  private void giveAway(Lock lock, long revision) {
    HandoverWork work = lock.work().getHandover();
    KeyRange range = Intervals.of(work.getRange());
    state.lose(range);
    state.handovers().release(work.getNumber(), range);
    unchanged.committed(lock.ticket(), revision + 1);
  }

  private void acquire(Acquire acquire, long item) {
    state.handovers().acquire(acquire.getNumber()).forEach(state.leases::add);
    state.gain(Intervals.of(acquire.getRange()));
    state.locks.acquired(acquire, item);
  }

  private Lock prepared(TxnId id) {
    Lock lock = state.locks.find(id);
    check(lock != null && lock.isPrepared(), "a commit is of a prepared transaction");
    checkAtMost(
        lock.executedBefore(), state.keys.ordered(), "what precedes a prepare is ordered first");
    return lock;
  }

  private void noteLeases(TxnWork work, List<Boolean> succeeded) {
    if (work.hasRevokeLease()) {
      state.leases.remove(work.getRevokeLease());
      return;
    }
    for (LeasedKey put : TxnWorks.leasedKeys(work, succeeded)) {
      if (state.own().contains(put.key())) {
        state.leases.add(put.lease());
      }
    }
  }

  /// Also of a transaction whose prepare is yet to come, and which will lock nothing then. One that
  /// is aborted twice may be prepared in the log between the two: the later abort counts there. One
  /// that was committed may have been prepared once more since, by a copy of the prepare that was
  /// on its way for long: then this unlocks.
  private void abort(TxnId id, long item) {
    Lock lock = state.locks.find(id);
    boolean isNews = lock == null || lock.isPrepared();
    state.locks.finish(id, item);
    if (isNews) {
      parts.add(id, new TxnPart.Aborted());
    }
  }

  private void compact(JournalItem item) {
    state.keys.advanceTo(Math.max(item.getRevision(), state.keys.revision()));
    var request = CompactionRequest.newBuilder().setRevision(item.getCompact()).build();
    check(
        state.keys.compact(request) instanceof CommandResult.Done,
        "a compaction in the journal is a new one");
  }

  /// Tells those who wait for a transaction, now that its item is processed.
  private void finish(JournalItem item) {
    if (!item.hasCommit() && !item.hasAbort()) {
      return;
    }
    TxnId id = item.hasCommit() ? item.getCommit().getId() : item.getAbort();
    Lock lock = state.locks.find(id);
    if (lock != null && !lock.answer().isDone()) {
      lock.answer().complete(unknown());
    }
    parts.tell(id);
  }

  // ---- another state

  /// Goes on in place of `before`, whose state was replaced by this one: those who wait there are
  /// answered here, or told that the outcome is unknown.
  void succeed(Ordering before) {
    Map<Long, Execution> here = new TreeMap<>();
    state.keys.unordered().forEach(execution -> here.put(execution.sequence(), execution));
    for (Execution execution : before.state.keys.unordered()) {
      Execution same = here.get(execution.sequence());
      if (same == null) {
        execution.late().complete(state.keys.outcome(execution.command()));
      } else {
        same.late().then(execution.late()::complete);
      }
    }
    before.barriers.end();
    before.unchanged.lose();
    for (Lock lock : before.state.locks.prepared()) {
      succeed(lock);
    }
  }

  private void succeed(Lock before) {
    Lock same = state.locks.find(before.id());
    boolean goesOn = same != null && same.isPrepared();
    if (goesOn && before.answer().isAwaited()) {
      same.answer().then(before.answer()::complete);
    }
    if (!goesOn) {
      if (!before.answer().isDone()) {
        before.answer().complete(unknown());
      }
      parts.lost(before.id());
    }
  }
}
