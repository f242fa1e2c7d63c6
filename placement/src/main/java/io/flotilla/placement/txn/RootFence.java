package io.flotilla.placement.txn;

import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.HandoverFence;
import io.flotilla.proto.command.HandoverWork;
import io.flotilla.proto.command.TxnAbort;
import io.flotilla.proto.command.TxnId;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/// Brings a range of the root group's own keys to a stand while it is handed over: what a prepare
/// does in a shard group. Belongs to the loop.
///
/// The fence is in this leader's memory and ends with its leadership; so does what could be
/// committed behind it, because a commit is valid in the term of its transaction only. As long as
/// this leader may still commit, the fence stays.
final class RootFence {
  private static final long ABORT_NANOS = 2_000_000_000L;
  private static final long PAUSE_MILLIS = 50;

  private final Group root;
  private final RootMachine machine;
  private final Clock clock;
  private final Scheduler loop;
  private @Nullable TxnId owner;
  private boolean stopped;

  RootFence(Group root, RootMachine machine, Clock clock, Scheduler loop) {
    this.root = root;
    this.machine = machine;
    this.clock = clock;
    this.loop = loop;
  }

  /// Lets no command into the range from now on; completes when those before it are applied.
  ///
  /// Rejections: `Held` while there is another fence; those of a proposal.
  Future<Void> raise(TxnId id, HandoverWork work, long deadlineNanos) {
    TxnId other = owner;
    if (other != null && leadsIn(other.getTerm())) {
      return Future.failedFuture(new Rejection.Held().asException());
    }
    owner = id;
    machine.fence(Intervals.of(work.getRange()));
    var fence = HandoverFence.newBuilder().setNumber(work.getNumber());
    return root.propose(Command.newBuilder().setHandoverFence(fence).build(), deadlineNanos)
        .compose(
            result ->
                switch (result) {
                  case CommandResult.Done _ -> Future.succeededFuture();
                  case CommandResult.Rejected(Rejection why) ->
                      Future.failedFuture(why.asException());
                });
  }

  /// The transaction is decided, or nothing was ever proposed that could commit it.
  void lower(TxnId id) {
    if (id.equals(owner)) {
      owner = null;
      machine.unfence();
    }
  }

  /// It is not known whether the transaction is committed: the fence stays until the log has
  /// decided.
  void lowerOnceDecided(TxnId id) {
    if (stopped || !id.equals(owner)) {
      return;
    }
    if (!leadsIn(id.getTerm())) {
      owner = null; // with the leadership
      return;
    }
    var abort = TxnAbort.newBuilder().setId(id);
    root.propose(Command.newBuilder().setTxnAbort(abort).build(), clock.nanoTime() + ABORT_NANOS)
        .onComplete((result, failure) -> onAborted(id, failure));
  }

  private void onAborted(TxnId id, @Nullable Throwable failure) {
    switch (failure) {
      case null -> lower(id);
      case RejectedException _ -> loop.after(PAUSE_MILLIS, () -> lowerOnceDecided(id));
      default -> throw new IllegalStateException("an abort is answered", failure);
    }
  }

  private boolean leadsIn(long term) {
    GroupStatus status = root.status();
    return status.isLeader() && status.term() == term;
  }

  /// The replica is closed.
  void stop() {
    stopped = true;
  }
}
