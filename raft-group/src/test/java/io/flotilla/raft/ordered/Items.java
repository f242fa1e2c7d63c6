package io.flotilla.raft.ordered;

import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.Acquire;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.HandoverCancel;
import io.flotilla.proto.command.HandoverIn;
import io.flotilla.proto.command.HandoverOut;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.JournalItems;
import io.flotilla.proto.command.LeaseKnown;
import io.flotilla.proto.command.Prepare;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.raft.handover.Intervals;
import java.util.List;

/// Journal items and the commands of a shard group's order.
final class Items {
  private Items() {}

  static TxnId id(long number) {
    return TxnId.newBuilder().setTerm(1).setNumber(number).build();
  }

  /// The mutations take consecutive revisions.
  static JournalItem run(long number, long from, long to, long revision) {
    var run = JournalItem.Run.newBuilder().setFromSequence(from).setToSequence(to);
    return JournalItem.newBuilder()
        .setNumber(number)
        .setRevision(revision + to - from)
        .setRun(run.setFirstRevision(revision))
        .build();
  }

  /// Of a txn whose compares hold.
  static JournalItem commit(long number, long txn, long revision, boolean mutates) {
    var commit = JournalItem.Commit.newBuilder().setId(id(txn)).setMutates(mutates);
    return JournalItem.newBuilder()
        .setNumber(number)
        .setRevision(revision)
        .setCommit(commit.addSucceeded(true))
        .build();
  }

  static JournalItem abort(long number, long txn, long revision) {
    var item = JournalItem.newBuilder().setNumber(number).setRevision(revision);
    return item.setAbort(id(txn)).build();
  }

  static JournalItem compact(long number, long to, long revision) {
    var item = JournalItem.newBuilder().setNumber(number).setRevision(revision);
    return item.setCompact(to).build();
  }

  static JournalItem acquire(long number, long handover, KeyRange range, long revision) {
    var acquire = Acquire.newBuilder().setNumber(handover).setRange(Intervals.of(range));
    var item = JournalItem.newBuilder().setNumber(number).setRevision(revision);
    return item.setAcquire(acquire.setCompleteTo(revision)).build();
  }

  /// The commit of a transaction without compares or changes.
  static JournalItem handedOver(long number, long txn, long revision) {
    var commit = JournalItem.Commit.newBuilder().setId(id(txn));
    var item = JournalItem.newBuilder().setNumber(number).setRevision(revision);
    return item.setCommit(commit).build();
  }

  static Command handoverOut(long handover, KeyRange range) {
    var out = HandoverOut.newBuilder().setNumber(handover).setRange(Intervals.of(range));
    return Command.newBuilder().setHandoverOut(out).build();
  }

  static Command handoverIn(long handover, KeyRange range) {
    var in = HandoverIn.newBuilder().setNumber(handover).setRange(Intervals.of(range));
    return Command.newBuilder().setHandoverIn(in).build();
  }

  static Command handoverCancel(long handover) {
    var cancel = HandoverCancel.newBuilder().setNumber(handover);
    return Command.newBuilder().setHandoverCancel(cancel).build();
  }

  static Command prepareHandover(long txn, long handover, KeyRange range) {
    var work = Handover.newBuilder().setNumber(handover).setRange(Intervals.of(range)).setTo(2);
    return prepare(txn, TxnWorks.handover(work.setFrom(1).build()));
  }

  static Command log(JournalItem... items) {
    var all = JournalItems.newBuilder().addAllItems(List.of(items));
    return Command.newBuilder().setJournalItems(all).build();
  }

  static Command prepare(long txn, Command command) {
    return prepare(txn, TxnWorks.work(command));
  }

  static Command prepare(long txn, TxnWork work) {
    var prepare = Prepare.newBuilder().setId(id(txn)).setWork(work);
    return Command.newBuilder().setPrepare(prepare).build();
  }

  static Command revoke(long txn, long lease) {
    return prepare(txn, TxnWork.newBuilder().setRevokeLease(lease).build());
  }

  static Command leaseKnown(long lease) {
    return Command.newBuilder().setLeaseKnown(LeaseKnown.newBuilder().setLease(lease)).build();
  }
}
