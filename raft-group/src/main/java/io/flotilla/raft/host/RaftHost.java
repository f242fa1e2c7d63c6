package io.flotilla.raft.host;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Scheduler;
import io.flotilla.raft.core.Message;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Runs the replicas of one event loop: gives each its turn, its ticks and its messages.
///
/// Requests and messages mark their replica; once per turn of the loop all marked replicas are
/// driven, then all answers are handed over. Everything but [#submit] and the doors belongs to the
/// loop. An unexpected throwable halts: the host answers what waits, does nothing more and tells
/// [HostPorts#halt].
public final class RaftHost implements SnapshotHost {
  private final HostConfig config;
  private final HostPorts ports;
  private final Answers answers;
  private final Inbox inbox;
  private final Map<GroupId, Replica> replicas = new TreeMap<>();
  private final long startNanos;
  private Set<Replica> marked = new LinkedHashSet<>();
  private boolean driveScheduled;
  private Scheduler.@Nullable Cancellable ticking;
  private @Nullable HostStop stop;
  // replicas that are being closed while the host goes on
  private int retiring;
  private volatile boolean closed;

  public RaftHost(HostConfig config, HostPorts ports) {
    this.config = config;
    this.ports =
        new HostPorts(
            new GuardedLoop(ports.loop()),
            ports.callers(),
            ports.clock(),
            ports.storage(),
            ports.peers(),
            ports.metrics(),
            ports.halt());
    this.answers = new Answers(ports.callers());
    this.inbox =
        new Inbox(config.limits().inbox(), () -> ports.loop().execute(this::wake), ports.metrics());
    this.startNanos = ports.clock().nanoTime();
  }

  // ------------------------------------------------------------------- groups

  /// Begins to run a replica; returns the door to it.
  ///
  /// @throws io.flotilla.base.InvariantViolation if log and state do not fit together
  public Group open(GroupSpec spec) {
    check(!replicas.containsKey(spec.id()), "a group has one replica on a node");
    var replica = new Replica(spec, config, guardedPorts(), this);
    replicas.put(spec.id(), replica);
    if (ticking == null) {
      scheduleTick();
    }
    mark(replica);
    return new Group(replica, this, config.limits());
  }

  private HostPorts guardedPorts() {
    return new HostPorts(
        ports.loop(),
        ports.callers(),
        ports.clock(),
        ports.storage(),
        ports.peers(),
        ports.metrics(),
        this::halt);
  }

  /// Ends the replica of a group that is no more, or goes on elsewhere, while the host goes on:
  /// refuses what waits with `NoLeader`, what is in the log with `OutcomeUnknown`, and closes log
  /// and state without another checkpoint. Completes when nothing uses the group's files any more.
  /// On the loop, not from inside a state machine; the group is not opened again before that is
  /// done.
  ///
  /// Fails with `Stopped` where the host is stopping, which closes the replica with all others.
  public Future<Void> close(GroupId group) {
    if (closed || stop != null) {
      return Future.failedFuture(new Rejection.Stopped().asException());
    }
    Replica replica = replicas.remove(group);
    check(replica != null, "what is closed was open");
    Promise<Void> promise = Promise.promise();
    retiring++;
    replica.retire(
        () -> {
          retiring--;
          promise.complete();
          HostStop running = stop;
          if (running != null) {
            running.onRetired();
          }
        });
    scheduleDrive();
    return promise.future();
  }

  /// How many replicas are being closed by [#close].
  int retiring() {
    return retiring;
  }

  Collection<Replica> replicas() {
    return replicas.values();
  }

  /// Says on which loop callers are; any thread. For doors that ask this host and others.
  public Callers callers() {
    return ports.callers();
  }

  Answers answers() {
    return answers;
  }

  // ------------------------------------------------------------------- what comes in

  /// Takes a request from any thread. Returns why not if it was not taken.
  @Nullable Rejection submit(Inbox.Item item) {
    if (closed) {
      return new Rejection.Stopped();
    }
    if (answers.onHostLoop()) {
      admit(item);
      scheduleDrive();
      return null;
    }
    return inbox.offer(item) ? null : new Rejection.TooManyRequests();
  }

  private void admit(Inbox.Item item) {
    if (closed || stop != null) {
      item.request().refuse(answers, new Rejection.Stopped());
    } else if (item.replica().hasEnded()) {
      item.request().refuse(answers, new Rejection.NoLeader());
    } else {
      item.request().admitTo(item.replica());
      marked.add(item.replica());
    }
  }

  /// Messages of other replicas of a group arrived, in the order of sending.
  public void receive(GroupId group, List<Message> messages) {
    Replica replica = replicas.get(group);
    if (replica != null && !closed) {
      guarded(() -> messages.forEach(replica::step)).run();
      mark(replica);
    }
  }

  /// The connection that carries messages to a node broke. A hint: groups that it leads look for
  /// another leader at once instead of waiting for it, unless it speaks again. Belongs to the loop.
  public void peerLost(NodeId peer) {
    if (closed) {
      return;
    }
    for (Replica replica : replicas.values()) {
      replica.peerLost(peer);
      mark(replica);
    }
  }

  @Override
  public void snapshotEnded(GroupId group, NodeId to, long arrivedIndex) {
    Replica replica = replicas.get(group);
    if (replica != null && !closed) {
      replica.snapshotEnded(to, arrivedIndex);
      mark(replica);
    }
  }

  // ------------------------------------------------------------------- whole states

  @Override
  public @Nullable StateMachine machine(GroupId group) {
    Replica replica = replicas.get(group);
    return replica == null || closed ? null : replica.machine();
  }

  @Override
  public boolean leads(GroupId group, long term) {
    Replica replica = replicas.get(group);
    return replica != null && !closed && replica.leads(term);
  }

  @Override
  public boolean offer(GroupId group, Message.InstallSnapshot arrived) {
    receive(group, List.of(arrived));
    Replica replica = replicas.get(group);
    return replica != null && !closed && replica.awaits(arrived.mark());
  }

  @Override
  public void install(GroupId group, StateMachine.Prepared prepared) {
    Replica replica = replicas.get(group);
    if (replica != null && !closed) {
      replica.install(prepared);
    }
  }

  // ------------------------------------------------------------------- the turn

  void mark(Replica replica) {
    marked.add(replica);
    scheduleDrive();
  }

  private void scheduleDrive() {
    if (!driveScheduled && !closed) {
      driveScheduled = true;
      ports.loop().execute(this::driveScheduled);
    }
  }

  private void driveScheduled() {
    driveScheduled = false;
    drive();
  }

  /// Requests came in from other loops. Those that met the end of the host are answered, too.
  private void wake() {
    if (closed) {
      refuseInbox();
      answers.flush();
    } else {
      guarded(this::drive).run();
    }
  }

  private void refuseInbox() {
    inbox.looking();
    for (Inbox.Item item = inbox.poll(); item != null; item = inbox.poll()) {
      item.request().refuse(answers, new Rejection.Stopped());
    }
  }

  private void drive() {
    inbox.looking();
    for (Inbox.Item item = inbox.poll(); item != null; item = inbox.poll()) {
      admit(item);
    }
    long nowNanos = ports.clock().nanoTime();
    Set<Replica> batch = marked;
    marked = new LinkedHashSet<>();
    for (Replica replica : batch) {
      drive(replica, nowNanos);
    }
    answers.flush();
    if (stop != null) {
      stop.look(nowNanos);
    }
    if (!marked.isEmpty() || !answers.isEmpty()) {
      scheduleDrive();
    }
  }

  private void drive(Replica replica, long nowNanos) {
    if (replica.drive(nowNanos)) {
      marked.add(replica);
    }
  }

  /// A replica's persist is done: what follows from it does not wait for the turn's end.
  void driveNow(Replica replica) {
    drive(replica, ports.clock().nanoTime());
    answers.flush();
    if (!marked.isEmpty() || stop != null) {
      scheduleDrive();
    }
  }

  // ------------------------------------------------------------------- time

  /// Ticks since the start by the clock; the tick timer may be late.
  long ticksAt(long nowNanos) {
    return (nowNanos - startNanos) / (config.tickMillis() * 1_000_000L);
  }

  private void scheduleTick() {
    ticking = ports.loop().after(config.tickMillis(), this::onTick);
  }

  private void onTick() {
    if (closed) {
      return;
    }
    scheduleTick();
    long nowNanos = ports.clock().nanoTime();
    for (Replica replica : replicas.values()) {
      replica.tick(nowNanos);
      marked.add(replica);
    }
    scheduleDrive();
  }

  // ------------------------------------------------------------------- end

  /// Stops in good order: refuses new requests, hands leadership over, lets what is in flight
  /// finish until the deadline, writes a last checkpoint and closes logs and states.
  public Future<Void> stop(long deadlineNanos) {
    if (closed) {
      return Future.succeededFuture();
    }
    HostStop running = stop;
    if (running == null) {
      running = new HostStop(this, deadlineNanos);
      stop = running;
      running.begin();
      marked.addAll(replicas.values());
      scheduleDrive();
    }
    return running.future();
  }

  /// All replicas are closed.
  void onStopped() {
    closed = true;
    if (ticking != null) {
      ticking.cancel();
    }
    refuseInbox();
    answers.flush();
  }

  /// Something happened that must not: memory is not trusted any more. The first call counts.
  @Override
  public void halt(Throwable cause) {
    if (closed) {
      return;
    }
    closed = true;
    if (ticking != null) {
      ticking.cancel();
    }
    try {
      replicas.values().forEach(Replica::abandon);
      refuseInbox();
      answers.flush();
    } finally {
      ports.halt().accept(cause);
    }
  }

  void require(boolean holds, String rule) {
    check(holds, rule);
  }

  /// A task that halts the host when it fails and does nothing once the host has ended.
  Runnable guarded(Runnable task) {
    return () -> {
      if (closed) {
        return;
      }
      try {
        task.run();
      } catch (Throwable unexpected) { // the way to halt
        halt(unexpected);
      }
    };
  }

  /// Guards every task that the host has run later.
  private final class GuardedLoop implements Scheduler {
    private final Scheduler loop;

    GuardedLoop(Scheduler loop) {
      this.loop = loop;
    }

    @Override
    public void execute(Runnable task) {
      loop.execute(guarded(task));
    }

    @Override
    public Cancellable after(long delayMillis, Runnable task) {
      return loop.after(delayMillis, guarded(task));
    }
  }
}
