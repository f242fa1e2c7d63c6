package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.peer.Call;
import io.flotilla.raft.host.Applied;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;
import java.util.Collection;
import java.util.function.Function;

/// The door to the coordinator of commands over several groups, on whichever node it is. Any
/// thread.
///
/// A command gets a request id and is asked for under that id only, of one coordinator after the
/// other, until one answers or the deadline passes: it runs once. It is answered when the replicas
/// here show it: whoever reads here afterwards sees it.
///
/// Rejections: `TimedOut`, `Stopped` and `TooManyRequests` say that it had and will have no effect;
/// `OutcomeUnknown` that it may have one.
public final class CrossDoor {
  private final Group root;
  private final Function<Command, Collection<GroupId>> groups;
  private final Shown shown;
  private final Entrance entrance;
  private final Errands errands;
  private final Writes writes;
  private Coordinator coordinator = Coordinator.NONE;

  /// @param groups those that a command concerns; asked on the loop
  CrossDoor(
      Group root,
      Function<Command, Collection<GroupId>> groups,
      Shown shown,
      AnywhereDoor.Ports ports,
      AnywhereDoor.Limits limits) {
    this.root = root;
    this.groups = groups;
    this.shown = shown;
    this.entrance = new Entrance(ports.loop(), ports.callers(), limits);
    this.errands = new Errands(Leading.of(root), ports.clock(), ports.loop());
    this.writes = new Writes(ports.calls(), errands, new ToCoordinator(), ports.random());
  }

  private final class ToCoordinator implements Writes.Work {
    @Override
    public Future<Applied> here(Command command, long deadlineNanos) {
      return coordinator.run(command, deadlineNanos);
    }

    @Override
    public Call.Builder call(Command command) {
      return Call.newBuilder().setGroup(GroupId.ROOT.value()).setCoordinate(command);
    }

    @Override
    public Future<CommandResult> shown(Applied applied, long deadlineNanos) {
      return Writes.onceApplied(root, applied, deadlineNanos);
    }
  }

  /// Who coordinates while the root group is led here. On the loop, before the first command.
  void coordinateWith(Coordinator newCoordinator) {
    coordinator = newCoordinator;
  }

  /// Runs a put, delete_range, txn or lease_revoke in one revision over all groups that it
  /// concerns; the answer is what a single group would have said.
  public Future<CommandResult> run(Command command, long deadlineNanos) {
    if (root.isRemoved()) {
      return Future.failedFuture(new Rejection.Stopped().asException());
    }
    return entrance.enter(command.getSerializedSize(), () -> runHere(command, deadlineNanos));
  }

  private Future<CommandResult> runHere(Command command, long deadlineNanos) {
    return writes
        .propose(command, deadlineNanos)
        .compose(result -> shown.once(result, groups.apply(command), deadlineNanos));
  }

  /// Whether the coordinator is on this node, as far as is known; any thread.
  public boolean coordinatesHere() {
    return root.status().isLeader();
  }

  /// Where the coordinator is, as far as is known; any thread.
  public NodeId coordinatorNode() {
    return root.status().leader();
  }

  /// Commands on their way; any thread.
  public int waiting() {
    return entrance.waiting();
  }

  void stop() {
    errands.stop(new Rejection.Stopped());
  }
}
