package io.flotilla.placement.client;

import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.host.Callers;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.flotilla.raft.transport.PeerCalls;
import io.vertx.core.Future;
import java.util.random.RandomGenerator;

/// The door to a group of which this node has a replica, whoever leads it: waits for a leader, and
/// asks again where nothing was done, until the request's deadline. Any thread.
///
/// * A command goes to the leader. One that left this node carries a request id, so it may be sent
///   again, to the same leader or the next, and still runs once. It is answered when the replica
///   here has applied it: whoever reads here afterwards sees it.
/// * A linearizable read asks the leader how far the log is committed, then runs here.
/// * Renewals and times of leases are the leader's alone.
///
/// While this replica leads, requests go straight to it. That needs no ids, as the log shows what
/// became of what a leader appended.
///
/// Rejections are those of [Group], less the ones that mean "not now, not here". `TimedOut`: no
/// leader did it in time, and none will; `OutcomeUnknown`: one may have or may yet.
public final class AnywhereDoor implements GroupDoor {
  /// What may wait for a leader. Beyond it requests are refused at once as too many.
  ///
  /// @param requests on their way to or waiting for another node
  /// @param bytes encoded size of the commands among them
  public record Limits(int requests, long bytes) {
    public Limits {
      if (requests < 1 || bytes < 1) {
        throw new IllegalArgumentException("at least one request may wait");
      }
    }
  }

  /// What a door needs from outside.
  ///
  /// @param loop the group's
  /// @param callers says on which loop callers are
  /// @param random for the name under which this door's commands are known for ever
  public record Ports(
      PeerCalls calls, Clock clock, Scheduler loop, Callers callers, RandomGenerator random) {}

  private final Group group;
  private final Entrance entrance;
  private final Errands errands;
  private final Writes writes;
  private final ReadPoints readPoints;
  private final LeaseErrands leases;

  public AnywhereDoor(Group group, Ports ports, Limits limits) {
    this(group, Writes.toLog(group), ports, limits);
  }

  /// Of a group whose commands are answered when something else shows them than its log.
  AnywhereDoor(Group group, Writes.Work work, Ports ports, Limits limits) {
    this.group = group;
    this.entrance = new Entrance(ports.loop(), ports.callers(), limits);
    this.errands = new Errands(Leading.of(group), ports.clock(), ports.loop());
    this.writes = new Writes(ports.calls(), errands, work, ports.random());
    this.readPoints = new ReadPoints(group, ports.calls(), errands);
    this.leases = new LeaseErrands(group, ports.calls(), errands);
  }

  @Override
  public Future<CommandResult> propose(Command command, long deadlineNanos) {
    if (group.isRemoved()) {
      return Future.failedFuture(new Rejection.Stopped().asException());
    }
    if (!group.status().isLeader()) {
      return forward(command, deadlineNanos);
    }
    return group
        .propose(command, deadlineNanos)
        .recover(
            failure ->
                isElsewhere(failure)
                    ? forward(command, deadlineNanos)
                    : Future.failedFuture(failure));
  }

  private Future<CommandResult> forward(Command command, long deadlineNanos) {
    return entrance.enter(
        command.getSerializedSize(), () -> writes.propose(command, deadlineNanos));
  }

  @Override
  public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
    if (mode == ReadMode.SERIALIZABLE) {
      return group.read(mode, query, deadlineNanos);
    }
    if (group.isRemoved()) {
      return Future.failedFuture(new Rejection.Stopped().asException());
    }
    if (!group.status().isLeader()) {
      return readByLeader(query, deadlineNanos);
    }
    return group
        .read(mode, query, deadlineNanos)
        .recover(
            failure ->
                isElsewhere(failure)
                    ? readByLeader(query, deadlineNanos)
                    : Future.failedFuture(failure));
  }

  @SuppressWarnings("unchecked") // each case of the query fixes what T is
  private <T> Future<T> readByLeader(Query<T> query, long deadlineNanos) {
    return entrance.enter(
        0,
        () ->
            switch (query) {
              case RootQuery.KeepAlive renewal -> (Future<T>) leases.renew(renewal, deadlineNanos);
              case RootQuery.TimeToLive times -> (Future<T>) leases.times(times, deadlineNanos);
              default -> readPoints.read(query, deadlineNanos);
            });
  }

  /// The replica here did nothing: it does not lead, or not any more.
  private static boolean isElsewhere(Throwable failure) {
    return failure instanceof RejectedException rejected
        && (rejected.rejection() instanceof Rejection.NoLeader
            || rejected.rejection() instanceof Rejection.NotLeader
            || rejected.rejection() instanceof Rejection.LeaderChanged);
  }

  /// Requests on their way to or waiting for another node; any thread.
  public int waiting() {
    return entrance.waiting();
  }

  /// Ends what waits; nothing is forwarded from now on. On the group's loop.
  public void stop() {
    stop(new Rejection.Stopped());
  }

  /// As [#stop()].
  ///
  /// @param why what had no effect is refused for
  void stop(Rejection why) {
    errands.stop(why);
  }
}
