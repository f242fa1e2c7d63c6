package io.flotilla.raft.ordered;

import io.flotilla.proto.command.Acquire;
import io.flotilla.proto.command.HandoverWork;
import io.flotilla.proto.command.Prepare;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.shard.LateResult;
import java.util.List;

/// What a prepared transaction keeps others from: keys, and a lease that it revokes. It stands
/// until the item that finished the transaction is in the group's log, so that what is let in
/// behind that item meets its effect on every replica. So it is with the range of a handover that
/// the group acquired.
///
/// The keys are those that the request names, whether they are the group's own or not: which are
/// may change by an item, and a lock is the same on replicas that have processed it and others.
final class Lock {
  private final Prepare prepare;
  private final KeySet keys;
  private final List<Long> attaches;
  private final long executedBefore;
  private long finishedBy;

  // of this replica only
  private boolean barrierAsked;
  private boolean certain;
  private final LateResult answer = new LateResult();
  private final long ticket;
  private final long sinceNanos;

  /// When a prepare was executed.
  ///
  /// @param executedBefore mutations executed before it
  /// @param ticket its place among the commands executed by this process
  /// @param sinceNanos of the clock
  record Moment(long executedBefore, long ticket, long sinceNanos) {}

  /// @param finishedBy the number of the item that finished it; 0 while it is prepared
  Lock(Prepare prepare, KeySet keys, Moment moment, long finishedBy) {
    this.prepare = prepare;
    this.keys = keys;
    this.attaches = prepare.getWork().hasTxn() ? TxnWorks.leases(prepare.getWork()) : List.of();
    this.executedBefore = moment.executedBefore();
    this.ticket = moment.ticket();
    this.sinceNanos = moment.sinceNanos();
    this.finishedBy = finishedBy;
  }

  /// A range that the group acquired is closed as if a transaction had locked it, until the item is
  /// in the log. Terms begin with 1, so no transaction has such an id.
  ///
  /// @param item its number
  static Lock acquired(Acquire acquire, long item) {
    var id = TxnId.newBuilder().setNumber(acquire.getNumber());
    var work =
        HandoverWork.newBuilder().setNumber(acquire.getNumber()).setRange(acquire.getRange());
    var prepare =
        Prepare.newBuilder().setId(id).setWork(TxnWork.newBuilder().setHandover(work)).build();
    var keys = new KeySet(List.of(Intervals.of(acquire.getRange())));
    return new Lock(prepare, keys, new Moment(0, 0, 0), item);
  }

  TxnId id() {
    return prepare.getId();
  }

  Prepare prepare() {
    return prepare;
  }

  TxnWork work() {
    return prepare.getWork();
  }

  KeySet keys() {
    return keys;
  }

  long executedBefore() {
    return executedBefore;
  }

  long ticket() {
    return ticket;
  }

  long sinceNanos() {
    return sinceNanos;
  }

  /// Where the prepare's answer is told.
  LateResult answer() {
    return answer;
  }

  /// Whether the answer may be made: everything that was ordered when the prepare was sent is
  /// processed here.
  boolean isCertain() {
    return certain;
  }

  void makeCertain() {
    certain = true;
  }

  /// Notes that a barrier is being taken for the answer; returns whether that is news.
  boolean askForBarrier() {
    boolean isNews = !barrierAsked;
    barrierAsked = true;
    return isNews;
  }

  /// Whether its prepare was executed; else it was aborted before that came.
  boolean wasPrepared() {
    return prepare.hasWork();
  }

  boolean isPrepared() {
    return finishedBy == 0;
  }

  /// The number of the item that finished the transaction; 0 while it is prepared.
  long finishedBy() {
    return finishedBy;
  }

  void finish(long item) {
    finishedBy = item;
  }

  /// Whether it is a range that came from another group, with leases that nobody can list.
  boolean isAcquired() {
    return id().getTerm() == 0;
  }

  /// Whether the transaction revokes a lease.
  boolean revokes(long lease) {
    return work().hasRevokeLease() && work().getRevokeLease() == lease;
  }

  /// Whether the transaction may attach keys to a lease.
  boolean attaches(long lease) {
    return attaches.contains(lease);
  }

  /// Whether two transactions may not be prepared at a time: they touch the same keys, or one
  /// revokes a lease that the other attaches keys to or moves keys of, as a handover may.
  boolean conflictsWith(Lock other) {
    return keys.meets(other.keys)
        || attaches.stream().anyMatch(other::revokes)
        || other.attaches.stream().anyMatch(this::revokes)
        || (work().hasRevokeLease() && other.revokes(work().getRevokeLease()))
        || (work().hasHandover() && other.work().hasRevokeLease())
        || (work().hasRevokeLease() && other.work().hasHandover());
  }
}
