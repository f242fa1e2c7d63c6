package io.flotilla.placement.txn;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.client.Coordinator;
import io.flotilla.placement.client.ShardDoors;
import io.flotilla.placement.handover.RangeSwitch;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.Prepare;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.command.TxnDecision;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.host.Applied;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;
import io.flotilla.raft.ordered.TxnWorks;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/// Runs what concerns several groups in one revision, while the root group is led here: lets the
/// shard groups prepare, puts the commit into the root group's log, and gathers the parts of the
/// answer. See docs/design/0009. Owned by the loop that all groups share.
///
/// * A transaction can be committed in the log term of its id only, so what an earlier coordinator
///   began ends without effect unless its commit is in the log.
/// * The commit carries the request id: a request that is repeated, here or at a later coordinator,
///   is committed once, and gets the answer of the first time as long as its parts are kept.
/// * Whatever does not reach its commit is aborted, so that the groups unlock their keys. Where the
///   abort is lost, [PreparedWatch] at the groups proposes it again.
/// * A handover is a transaction, too: its source locks the range, the rest of it is copied, and
///   the commit changes the map. See docs/design/0010.
public final class TxnCoordinator implements Coordinator, RangeSwitch {
  private static final long LOOK_MILLIS = 10;

  /// @param transactions that may be here at once, whether they run or wait for others
  /// @param bytes of their commands
  /// @param running that may run at once; the parts of as many are kept by the groups
  /// @param prepareNanos after which groups that have not prepared are given up
  public record Limits(int transactions, long bytes, int running, long prepareNanos) {
    public static final Limits STANDARD = new Limits(5_000, 64 << 20, 256, 3_000_000_000L);

    public Limits {
      if (transactions < 1 || bytes < 1 || running < 1 || prepareNanos < 1) {
        throw new IllegalArgumentException("at least one transaction may run");
      }
    }
  }

  /// What a coordinator works with.
  ///
  /// @param root the root group's replica here
  /// @param machine its state
  /// @param loop of all groups
  public record Ports(
      Group root, RootMachine machine, ShardDoors doors, Clock clock, Scheduler loop) {}

  private final Group root;
  private final Participants participants;
  private final Clock clock;
  private final Scheduler loop;
  private final Limits limits;
  private final TxnMetrics metrics;
  private final TxnRoster roster;
  private final RootFence fence;
  private Scheduler.@Nullable Cancellable timer;
  private long term;
  private long lastNumber;
  private boolean starting;
  private boolean stopped;

  /// On the loop, before the root group runs.
  TxnCoordinator(Ports ports, Limits limits, TxnMetrics metrics) {
    this.root = ports.root();
    this.participants = new Participants(ports.machine(), ports.doors(), ports.clock(), metrics);
    this.clock = ports.clock();
    this.loop = ports.loop();
    this.limits = limits;
    this.metrics = metrics;
    this.roster = new TxnRoster(limits, metrics);
    this.fence = new RootFence(root, ports.machine(), clock, loop);
    ports.machine().onLeadershipChange(() -> loop.execute(this::onLeadership));
  }

  /// Transactions that are not answered.
  public int running() {
    return roster.size();
  }

  @Override
  public Future<Applied> run(Command command, long deadlineNanos) {
    if (stopped) {
      return refused(new Rejection.Stopped());
    }
    if (!leads() || !isCoordinated(command)) {
      return refused(new Rejection.NotLeader(NodeId.NONE));
    }
    CrossShardTxn same = roster.same(command);
    if (same != null) {
      return same.future();
    }
    return enter(new CrossShardTxn(command, clock.nanoTime(), deadlineNanos));
  }

  @Override
  public Future<Void> switchOver(Handover handover, LastCopy last, long deadlineNanos) {
    if (stopped) {
      return Future.failedFuture(new Rejection.Stopped().asException());
    }
    if (!leads()) {
      return Future.failedFuture(new Rejection.NotLeader(NodeId.NONE).asException());
    }
    return enter(new CrossShardTxn(handover, last, clock.nanoTime(), deadlineNanos)).mapEmpty();
  }

  private Future<Applied> enter(CrossShardTxn txn) {
    if (!roster.hasRoomFor(txn)) {
      return refused(new Rejection.TooManyRequests());
    }
    admit(txn);
    return txn.future();
  }

  /// Any other kind would have to come from a later version.
  private static boolean isCoordinated(Command command) {
    return command.hasPut()
        || command.hasDeleteRange()
        || command.hasTxn()
        || command.hasLeaseRevoke();
  }

  private static Future<Applied> refused(Rejection why) {
    return Future.failedFuture(why.asException());
  }

  private boolean leads() {
    GroupStatus status = root.status();
    return status.isLeader() && status.ready();
  }

  private boolean leadsIn(long idTerm) {
    return leads() && root.status().term() == idTerm;
  }

  // ---- coming and going

  private void admit(CrossShardTxn txn) {
    roster.enter(txn, participants.claim(txn.work));
    startNext();
    arm();
  }

  private void arm() {
    if (timer == null && !roster.isEmpty() && !stopped) {
      timer = loop.after(LOOK_MILLIS, this::look);
    }
  }

  /// One that begins may end at once, and so let others begin.
  private void startNext() {
    if (starting) {
      return;
    }
    starting = true;
    for (var next = roster.next(); !next.isEmpty(); next = roster.next()) {
      for (CrossShardTxn txn : next) {
        if (txn.phase() == CrossShardTxn.Phase.WAITING) {
          attempt(txn);
        }
      }
    }
    starting = false;
  }

  private void answer(CrossShardTxn txn, Applied applied) {
    roster.leave(txn);
    metrics.answered(clock.nanoTime() - txn.cameNanos);
    txn.answer(applied);
    startNext();
  }

  private void refuse(CrossShardTxn txn, Rejection why) {
    roster.leave(txn);
    metrics.refused();
    txn.refuse(why);
    startNext();
  }

  /// Those that wait for others end at their deadlines; all else that is waited for does so itself.
  private void look() {
    timer = null;
    long nowNanos = clock.nanoTime();
    for (CrossShardTxn txn : roster.all()) {
      if (txn.phase() == CrossShardTxn.Phase.WAITING && nowNanos - txn.deadlineNanos >= 0) {
        refuse(txn, new Rejection.TimedOut());
      }
    }
    arm();
  }

  /// The root group's replica began or ceased to lead. What waits has had no effect; what is being
  /// prepared cannot be committed any more; what was committed ends as it would have.
  private void onLeadership() {
    for (CrossShardTxn txn : roster.all()) {
      switch (txn.phase()) {
        case WAITING -> {
          if (!leads()) {
            refuse(txn, new Rejection.NotLeader(NodeId.NONE));
          }
        }
        case PREPARING, COPYING -> {
          if (!leadsIn(txn.id().getTerm())) {
            giveUp(txn, new Rejection.NotLeader(NodeId.NONE));
          }
        }
        case COMMITTING, COLLECTING, DONE -> {}
      }
    }
  }

  /// Ends what waits, and what comes from now on. What is prepared is left to [PreparedWatch].
  public void stop() {
    stopped = true;
    fence.stop();
    if (timer != null) {
      timer.cancel();
      timer = null;
    }
    for (CrossShardTxn txn : roster.all()) {
      boolean unknown =
          txn.phase() == CrossShardTxn.Phase.COMMITTING
              || txn.phase() == CrossShardTxn.Phase.COLLECTING;
      roster.leave(txn);
      txn.refuse(unknown ? new Rejection.OutcomeUnknown() : new Rejection.Stopped());
    }
  }

  // ---- prepare

  private void attempt(CrossShardTxn txn) {
    if (!leads()) {
      refuse(txn, new Rejection.NotLeader(NodeId.NONE));
      return;
    }
    if (clock.nanoTime() - txn.deadlineNanos >= 0) {
      refuse(txn, new Rejection.TimedOut());
      return;
    }
    SortedSet<GroupId> groups = participants.of(txn.work);
    if (!participants.areLed(groups) || !participants.isTargetLed(txn.work)) {
      refuse(txn, new Rejection.NoLeader());
      return;
    }
    txn.prepare(nextId(), groups);
    if (txn.last != null) {
      txn.last.onLocking();
    }
    long latest = clock.nanoTime() + limits.prepareNanos();
    long deadline = txn.deadlineNanos - latest < 0 ? txn.deadlineNanos : latest;
    if (txn.leavesRoot()) {
      fence(txn, deadline);
    } else if (groups.isEmpty()) {
      commit(txn, 0);
    } else {
      prepare(txn, deadline);
    }
  }

  private void prepare(CrossShardTxn txn, long deadline) {
    TxnId id = txn.id();
    var prepare = Prepare.newBuilder().setId(id).setWork(txn.work);
    Command command = Command.newBuilder().setPrepare(prepare).build();
    for (GroupId group : List.copyOf(txn.groups())) {
      participants
          .prepare(group, command, deadline)
          .onComplete((result, failure) -> onPrepared(txn, id, group, result, failure));
    }
  }

  private TxnId nextId() {
    long now = root.status().term();
    if (now != term) {
      term = now;
      lastNumber = 0;
    }
    return TxnId.newBuilder().setTerm(term).setNumber(++lastNumber).build();
  }

  private void onPrepared(
      CrossShardTxn txn,
      TxnId id,
      GroupId group,
      CommandResult result,
      @Nullable Throwable failure) {
    if (txn.phase() != CrossShardTxn.Phase.PREPARING || !txn.id().equals(id)) {
      return; // given up meanwhile
    }
    boolean last =
        failure == null && result instanceof CommandResult.Done(var response, long _)
            ? txn.onPrepared(group, ((PrepareAnswer.Builder) response).build())
            : txn.onNotPrepared(TxnFailures.why(result, failure));
    if (!last) {
      return;
    }
    Rejection refusal = txn.refusal();
    if (refusal == null) {
      onLocked(txn);
    } else {
      giveUp(txn, refusal);
    }
  }

  private void onLocked(CrossShardTxn txn) {
    if (txn.last == null) {
      commit(txn, 0);
    } else {
      copy(txn, txn.last);
    }
  }

  // ---- handovers

  /// The root group's own keys are fenced in this leader's memory.
  private void fence(CrossShardTxn txn, long deadlineNanos) {
    TxnId id = txn.id();
    fence
        .raise(id, txn.work.getHandover(), deadlineNanos)
        .onComplete((_, failure) -> onFenced(txn, id, failure));
  }

  private void onFenced(CrossShardTxn txn, TxnId id, @Nullable Throwable failure) {
    if (txn.phase() != CrossShardTxn.Phase.PREPARING || !txn.id().equals(id)) {
      return; // given up meanwhile
    }
    if (failure == null) {
      onLocked(txn);
    } else {
      giveUp(txn, TxnFailures.why(failure));
    }
  }

  private void copy(CrossShardTxn txn, LastCopy last) {
    txn.become(CrossShardTxn.Phase.COPYING);
    TxnId id = txn.id();
    last.copy().onComplete((completeTo, failure) -> onCopied(txn, id, completeTo, failure));
  }

  private void onCopied(CrossShardTxn txn, TxnId id, Long completeTo, @Nullable Throwable failure) {
    if (txn.phase() != CrossShardTxn.Phase.COPYING || !txn.id().equals(id)) {
      return; // given up meanwhile
    }
    if (failure == null) {
      commit(txn, completeTo);
    } else {
      giveUp(txn, TxnFailures.why(failure));
    }
  }

  /// Nothing was committed, and nothing will be.
  private void giveUp(CrossShardTxn txn, Rejection why) {
    participants.abort(txn.id(), txn.groups());
    fence.lower(txn.id());
    refuse(txn, txn.last == null ? TxnFailures.withoutEffect(why) : why);
  }

  // ---- commit

  /// @param completeTo of a handover; 0 for any other
  private void commit(CrossShardTxn txn, long completeTo) {
    if (!leadsIn(txn.id().getTerm())) {
      giveUp(txn, new Rejection.NotLeader(NodeId.NONE));
      return;
    }
    txn.become(CrossShardTxn.Phase.COMMITTING);
    var command = Command.newBuilder().setTxnCommit(txn.commit(completeTo));
    if (txn.command.hasId()) {
      command.setId(txn.command.getId());
    }
    root.proposeIndexed(command.build(), txn.deadlineNanos)
        .onComplete((applied, failure) -> onDecided(txn, applied, failure));
  }

  private void onDecided(CrossShardTxn txn, Applied applied, @Nullable Throwable failure) {
    if (txn.phase() == CrossShardTxn.Phase.DONE) {
      return; // stopped meanwhile
    }
    if (failure == null) {
      fence.lower(txn.id());
    }
    if (failure != null) {
      onUndecided(txn, TxnFailures.why(failure));
      return;
    }
    switch (applied.result()) {
      case CommandResult.Done(var response, long _) ->
          onCommitted(txn, ((TxnDecision.Builder) response).build(), applied.index());
      case CommandResult.Rejected(Rejection why) -> onRefused(txn, why, applied);
    }
  }

  /// The commit did not reach the log, or it is not known whether it did.
  private void onUndecided(CrossShardTxn txn, Rejection why) {
    if (why instanceof Rejection.OutcomeUnknown) {
      participants.abort(txn.id(), txn.groups());
      fence.lowerOnceDecided(txn.id());
      refuse(txn, why);
    } else {
      giveUp(txn, why);
    }
  }

  /// The groups have learned by their journals that this attempt is over. What is held was not
  /// decided: it was aborted, or a group is missing that has to do with it by now.
  private void onRefused(CrossShardTxn txn, Rejection why, Applied applied) {
    if (txn.last != null) {
      refuse(txn, why);
    } else if (why instanceof Rejection.Held) {
      attempt(txn);
    } else {
      answer(txn, applied);
    }
  }

  /// @param decision of this attempt, or of an earlier one of the same request; then the groups
  ///     have learned by their journals that this one is over
  private void onCommitted(CrossShardTxn txn, TxnDecision decision, long index) {
    if (txn.last != null) {
      answer(
          txn,
          new Applied(new CommandResult.Done(decision.toBuilder(), decision.getRevision()), index));
      return;
    }
    txn.become(CrossShardTxn.Phase.COLLECTING);
    if (txn.work.hasRevokeLease()) {
      finish(txn, decision, index, List.of());
      return;
    }
    participants
        .parts(txn.groups(), decision.getId(), txn.deadlineNanos)
        .onComplete((parts, failure) -> onParts(txn, decision, index, parts, failure));
  }

  private void onParts(
      CrossShardTxn txn,
      TxnDecision decision,
      long index,
      List<TxnResponse> parts,
      @Nullable Throwable failure) {
    if (txn.phase() == CrossShardTxn.Phase.DONE) {
      return; // stopped meanwhile
    }
    if (failure == null) {
      finish(txn, decision, index, parts);
    } else {
      refuse(txn, new Rejection.OutcomeUnknown());
    }
  }

  private void finish(
      CrossShardTxn txn, TxnDecision decision, long index, List<TxnResponse> ofGroups) {
    var parts = new ArrayList<TxnResponse>(ofGroups.size() + 1);
    parts.add(decision.getRootPart());
    parts.addAll(ofGroups);
    answer(txn, new Applied(TxnWorks.answer(txn.command, decision, parts), index));
  }
}
