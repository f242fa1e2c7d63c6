package io.flotilla.raft.host;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.Envelope;
import io.flotilla.raft.core.MemberProgress;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.MembershipEntry;
import io.flotilla.raft.core.Message;
import io.flotilla.raft.core.RaftCore;
import io.flotilla.raft.core.RaftStatus;
import io.flotilla.raft.core.Ready;
import io.flotilla.raft.core.Restored;
import io.flotilla.raft.core.Role;
import io.flotilla.raft.core.SnapshotMark;
import io.flotilla.raft.core.Transition;
import io.flotilla.raft.log.LogBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// One replica on its loop: the core, its log, its state machine and the requests that wait.
///
/// The order of effects is the durability contract of [Ready]: send, persist, send what depended on
/// it, apply, answer. Applying does not wait for the own disk when others made an entry durable.
final class Replica {
  /// Readies taken in one turn before other groups and the network get theirs.
  private static final int READIES_PER_TURN = 8;

  /// How much more of the log is kept in memory while a follower is sent the state.
  private static final int RETAIN_FACTOR = 4;

  private final GroupId id;
  private final HostConfig config;
  private final HostPorts ports;
  private final RaftHost host;
  private final StateMachine machine;
  private final GroupLog log;
  private final RaftCore core;
  private final Proposals proposals;
  private final Reads reads;
  private final Checkpoints checkpoints;
  private final Changes changes;
  private final TransitionLog transitions;
  private final Succession succession;
  private final Departure departure;
  // a batch that the log had no room for; offered again
  private @Nullable Runnable refusedByLog;
  private boolean ended;
  // there may be members that did not found the group
  private boolean others;
  private boolean announced;
  private long announcedTerm;
  private volatile GroupStatus status;

  Replica(GroupSpec spec, HostConfig config, HostPorts ports, RaftHost host) {
    this.id = spec.id();
    this.config = config;
    this.ports = ports;
    this.host = host;
    this.machine = spec.machine();
    this.log = spec.log();
    Restored restored = spec.restored();
    others = restored.applied().last().index() > 0;
    core = new RaftCore(spec.self(), config.raft(), restored, spec.random());
    proposals =
        new Proposals(
            config.limits(),
            host.answers(),
            ports.metrics(),
            () -> host.mark(this),
            this::notLeading);
    reads = new Reads(config.limits().reads(), host.answers(), ports.metrics(), ports.clock());
    checkpoints = new Checkpoints(ports, config, machine, log);
    changes = new Changes(host.answers());
    transitions = new TransitionLog(id, ports.metrics());
    int electionTicks = config.raft().electionTicks();
    succession =
        new Succession(
            spec.self(), core, spec.random(), (long) electionTicks * config.tickMillis());
    departure = new Departure(spec.self(), electionTicks, restored.applied().membership());
    status = describe();
    if (restored.replacesLog()) {
      var restart = Optional.of(restored.applied().last());
      host.require(
          log.persist(new LogBatch(restart, Optional.empty(), List.of()), () -> {}),
          "a log that was just opened has room");
    }
    if (restored.applied().membership().isOnlyVoter(spec.self())) {
      core.campaign(); // there is nobody to wait for
    }
  }

  GroupId id() {
    return id;
  }

  /// Whether it was removed; any thread.
  boolean isGone() {
    return departure.isGone();
  }

  /// As of the end of the last turn; any thread.
  GroupStatus status() {
    return status;
  }

  // ------------------------------------------------------------------- what comes in

  void admit(Proposal<?> proposal) {
    proposals.admit(proposal);
  }

  void admit(Read<?> read) {
    reads.admit(read);
  }

  void admit(Question.ReadPoint question) {
    reads.admit(question);
  }

  void admit(Question.Reached wait) {
    reads.admit(wait);
  }

  /// A quiet group is to watch its leader again.
  void wake() {
    core.wake();
  }

  void admit(Changes.Request request) {
    changes.begin(request, core);
  }

  boolean transferTo(NodeId target) {
    return core.transferTo(target);
  }

  /// See [Group#progress].
  List<MemberProgress> progress() {
    return core.progress();
  }

  /// See [Group#onRemoved].
  void onRemoved(Runnable listener) {
    departure.listen(listener);
  }

  void step(Message message) {
    if (!ended) {
      core.step(message);
    }
  }

  /// The connection to a node broke.
  void peerLost(NodeId peer) {
    if (!ended && core.peerLost(peer)) {
      ports.loop().after(succession.seekDelayMillis(peer), this::seekLeader);
    }
  }

  private void seekLeader() {
    if (!ended) {
      core.seekLeader();
      host.driveNow(this);
    }
  }

  /// Hands leadership over as [Succession#handOver] does.
  boolean handOver(long nowNanos) {
    boolean done = succession.handOver(nowNanos);
    if (core.hasWork()) {
      host.mark(this);
    }
    return done;
  }

  void snapshotEnded(NodeId to, long arrivedIndex) {
    core.snapshotEnded(to, arrivedIndex);
  }

  /// Whether a state at this mark was accepted and will be asked for.
  boolean awaits(SnapshotMark mark) {
    return !ended && core.awaitsSnapshot(mark);
  }

  boolean leads(long term) {
    RaftStatus now = core.status();
    return !ended && now.role() == Role.LEADER && now.term() == term;
  }

  /// The state machine; null once it is closed.
  @Nullable StateMachine machine() {
    return ended ? null : machine;
  }

  /// Goes on with a state that replaces the present one.
  void install(StateMachine.Prepared prepared) {
    if (!ended) {
      reads.startOver();
      machine.install(prepared);
    }
  }

  void tick(long nowNanos) {
    if (ended) {
      return;
    }
    core.tick();
    departure.tick();
    proposals.expire(nowNanos);
    reads.expire(nowNanos);
    changes.expire(nowNanos);
    machine.tick(nowNanos);
    Runnable again = refusedByLog;
    if (again != null) {
      refusedByLog = null;
      again.run();
    }
  }

  // ------------------------------------------------------------------- the turn

  /// Does what is due. Returns whether there is more for another turn.
  boolean drive(long nowNanos) {
    if (ended) {
      status = describe(); // what was on its way to the disk may be there now
      return false;
    }
    if (proposals.hasGathered()) {
      proposals.append(core, machine, nowNanos);
    }
    core.catchUp(host.ticksAt(nowNanos));
    if (reads.hasGathered()) {
      reads.ask(core, notLeading());
    }
    for (int i = 0; i < READIES_PER_TURN && core.hasWork(); i++) {
      carryOut(core.takeReady());
    }
    announceLeadership();
    reads.run(machine);
    checkpoints.maybeRun(core);
    forgetEntries();
    status = describe();
    return core.hasWork() || reads.hasWork() || proposals.hasGathered();
  }

  private Rejection notLeading() {
    NodeId leader = core.status().leader();
    return leader.equals(NodeId.NONE) ? new Rejection.NoLeader() : new Rejection.NotLeader(leader);
  }

  private void carryOut(Ready ready) {
    send(ready.messages());
    if (ready.mustPersist()) {
      persist(ready);
    } else {
      send(ready.messagesAfterPersist());
    }
    if (!ready.committed().isEmpty()) {
      apply(ready.committed());
    }
    ready.readStates().forEach(reads::onReadState);
    ready.transitions().forEach(this::onTransition);
  }

  /// One hand-over per destination, in the order of sending.
  private void send(List<Envelope> envelopes) {
    if (envelopes.isEmpty()) {
      return;
    }
    Map<NodeId, List<Message>> byNode = new TreeMap<>();
    for (Envelope envelope : envelopes) {
      byNode.computeIfAbsent(envelope.to(), _ -> new ArrayList<>()).add(envelope.message());
    }
    byNode.forEach((to, messages) -> ports.peers().send(id, to, messages));
  }

  // ------------------------------------------------------------------- persist

  /// A state that arrived is installed before the log begins after it: a log without the state
  /// before it could not be started from.
  private void persist(Ready ready) {
    if (ready.snapshot().isPresent()) {
      SnapshotMark mark = ready.snapshot().get();
      Runnable installed = host.guarded(() -> onInstalled(mark, ready));
      checkpoints.suspend(() -> ports.peers().install(id, mark, installed));
    } else {
      write(ready);
    }
  }

  private void onInstalled(SnapshotMark mark, Ready ready) {
    if (ended) {
      return;
    }
    check(machine.applied().equals(mark.last()), "the accepted state is installed");
    check(machine.membership().equals(mark.membership()), "its membership is the accepted one");
    checkpoints.resume();
    write(ready);
  }

  private void write(Ready ready) {
    var restart = ready.snapshot().map(mark -> mark.last());
    var batch = new LogBatch(restart, ready.hardState(), ready.entries());
    long startNanos = ports.clock().nanoTime();
    if (!log.persist(batch, host.guarded(() -> onDurable(ready, startNanos)))) {
      refusedByLog = () -> write(ready);
    }
  }

  private void onDurable(Ready ready, long startNanos) {
    ports.metrics().persisted(ports.clock().nanoTime() - startNanos);
    long bytes = 0;
    for (Entry entry : ready.entries()) {
      bytes += entry.payload().length;
    }
    checkpoints.onLogged(bytes);
    send(ready.messagesAfterPersist());
    core.persisted();
    host.driveNow(this);
  }

  // ------------------------------------------------------------------- apply

  private void apply(List<Entry> entries) {
    long startNanos = ports.clock().nanoTime();
    for (Entry entry : entries) {
      apply(entry);
      core.applied(entry.index());
    }
    ports.metrics().entriesApplied(entries.size());
    ports.metrics().applied(ports.clock().nanoTime() - startNanos);
  }

  private void apply(Entry entry) {
    EntryId entryId = entry.id();
    Proposals.Batch batch = proposals.find(entryId);
    switch (entry.kind()) {
      case EMPTY -> machine.apply(entryId, List.of());
      case MEMBERSHIP -> {
        MembershipEntry change = MembershipEntry.decode(entry.payload());
        others = true;
        machine.applyMembership(entryId, change.membership(), change.context());
        changes.onApplied(entryId, change.membership());
      }
      case COMMANDS -> applyCommands(entry, batch);
    }
  }

  /// Commands that were proposed here are applied as they came, without decoding them again.
  private void applyCommands(Entry entry, Proposals.@Nullable Batch batch) {
    if (batch == null) {
      List<Command> commands = CommandBatches.decode(entry.payload());
      machine.apply(entry.id(), commands);
    } else {
      proposals.answer(batch, machine.apply(entry.id(), batch.commands()));
    }
  }

  // ------------------------------------------------------------------- leadership

  private void onTransition(Transition transition) {
    transitions.on(transition);
    if (transition instanceof Transition.CeasesToLead ceases) {
      proposals.ceaseToLead();
      changes.loseSight();
      if (announced) {
        announced = false;
        machine.onLeadership(false, ceases.term());
      }
    }
    if (transition instanceof Transition.MembersChanged(long _, Membership membership)) {
      departure.onMembership(membership);
      if (departure.isGone()) {
        proposals.loseSight();
        changes.loseSight();
      }
    }
  }

  /// Leader-only work begins when everything of earlier terms is applied: once an entry of the own
  /// term is.
  private void announceLeadership() {
    RaftStatus now = core.status();
    if (!announced
        && now.role() == Role.LEADER
        && machine.applied().term() == now.term()
        && announcedTerm < now.term()) {
      announced = true;
      announcedTerm = now.term();
      machine.onLeadership(true, now.term());
    }
  }

  private void forgetEntries() {
    if (others) {
      core.forgetBeginning();
    }
    boolean alone = status.membership().members().size() == 1;
    long retain = config.checkpoints().retainBytes();
    // What follows a state that is on its way must still be there when it has arrived.
    long bound = core.sendsSnapshot() ? retain * RETAIN_FACTOR : retain;
    core.retainAtMost(alone ? 0 : bound);
  }

  private GroupStatus describe() {
    RaftStatus now = core.status();
    return new GroupStatus(
        now.term(),
        now.leader(),
        now.role() == Role.LEADER,
        announced,
        now.last().index(),
        now.committed(),
        now.applied(),
        now.persisted(),
        now.membership());
  }

  // ------------------------------------------------------------------- stop

  /// Refuses what had no effect yet and what comes from now on.
  void refuseNew() {
    proposals.refuseGathered(new Rejection.Stopped());
    reads.refuseAll(new Rejection.Stopped());
  }

  /// Whether every proposal is answered and no persist is owed.
  boolean isDrained() {
    return proposals.isIdle() && core.status().persisted() == core.status().last().index();
  }

  /// Writes a last checkpoint, closes log and state, then runs `closed`.
  void close(Runnable closed) {
    proposals.loseSight();
    changes.loseSight();
    checkpoints.finish(core, () -> closeLog(closed));
  }

  /// The group is over: refuses what had no effect yet, takes no part any more, closes log and
  /// state as they are and runs `closed`.
  void retire(Runnable closed) {
    ended = true;
    proposals.refuseGathered(new Rejection.NoLeader());
    proposals.loseSight();
    changes.loseSight();
    reads.refuseAll(new Rejection.NoLeader());
    checkpoints.giveUp(() -> closeLog(closed));
  }

  /// Whether it takes nothing any more.
  boolean hasEnded() {
    return ended;
  }

  private void closeLog(Runnable closed) {
    ended = true;
    Runnable last =
        () -> {
          machine.close();
          closed.run();
        };
    host.require(log.close(host.guarded(last)), "a log is closed once");
  }

  /// The node halts: answers what waits, touches nothing else.
  void abandon() {
    proposals.refuseGathered(new Rejection.Stopped());
    proposals.loseSight();
    changes.loseSight();
    reads.refuseAll(new Rejection.Stopped());
  }
}
