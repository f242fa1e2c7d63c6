package io.flotilla.placement.client;

import io.flotilla.base.GroupId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.LeaseAttach;
import io.flotilla.proto.command.LeaseKnown;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// Commands on their way into a shard group, with what its gate asks for on the way. Belongs to the
/// loop.
/// A command that the gate kept out was not executed, so each further attempt is a new one.
final class ShardWrites {
  /// Between two attempts at what is locked.
  static final long PAUSE_NANOS = 20_000_000;

  /// Where a command goes: into the group's log, or to the coordinator ([CrossDoor#run]).
  @FunctionalInterface
  interface Way {
    Future<CommandResult> run(Command command, long deadlineNanos);
  }

  /// What a shard group's door goes through.
  ///
  /// @param root to the root group, wherever it is led
  record Ways(GroupDoor root, Way cross, Barriers barriers, Shown shown) {}

  private final GroupId group;
  private final Way log;
  private final Ways ways;
  private final Pauses pauses;
  // leases that the group is being registered with
  private final Map<Long, Future<Void>> attaching = new HashMap<>();

  ShardWrites(GroupId group, Way log, Ways ways, AnywhereDoor.Ports ports) {
    this.group = group;
    this.log = log;
    this.ways = ways;
    this.pauses = new Pauses(ports.clock(), ports.loop());
  }

  Future<CommandResult> propose(Command command, long deadlineNanos) {
    var write = new Write(command, deadlineNanos);
    write.go();
    return write.promise.future();
  }

  /// Keeps the result of a command back until the replica here shows it.
  Future<CommandResult> show(CommandResult result, long deadlineNanos) {
    return ways.shown().once(result, List.of(group), deadlineNanos);
  }

  /// A lock may be gone.
  void onGateOpened() {
    pauses.wakeAll();
  }

  void stop(Rejection why) {
    pauses.stop(why);
  }

  private final class Write {
    private final Command command;
    private final long deadlineNanos;
    private final Promise<CommandResult> promise = Promise.promise();

    Write(Command command, long deadlineNanos) {
      this.command = command;
      this.deadlineNanos = deadlineNanos;
    }

    void go() {
      log.run(command, deadlineNanos).onComplete(this::onAnswer);
    }

    private void onAnswer(CommandResult result, @Nullable Throwable failure) {
      if (failure == null) {
        answer(result);
      } else if (failure instanceof RejectedException rejected) {
        onRefusal(rejected.rejection(), rejected);
      } else {
        promise.fail(failure);
      }
    }

    private void answer(CommandResult result) {
      if (command.hasPrepare()) {
        promise.complete(result);
      } else {
        show(result, deadlineNanos).onComplete(promise);
      }
    }

    private void onRefusal(Rejection why, RejectedException failure) {
      switch (why) {
        case Rejection.Held _ -> pause();
        case Rejection.LeaseUnattached(long lease) -> attach(lease);
        case Rejection.NeedsCommit _ -> coordinate();
        case Rejection.Compacted _,
            Rejection.FutureRevision _,
            Rejection.KeyNotFound _,
            Rejection.LeaseNotFound _,
            Rejection.LeaseExists _,
            Rejection.NoSpace _,
            Rejection.Corrupt _,
            Rejection.TooManyRequests _,
            Rejection.RequestTooLarge _,
            Rejection.NoLeader _,
            Rejection.NotLeader _,
            Rejection.LeaderChanged _,
            Rejection.TimedOut _,
            Rejection.OutcomeUnknown _,
            Rejection.Stopped _,
            Rejection.MemberNotFound _,
            Rejection.WrongShard _ ->
            promise.fail(failure);
      }
    }

    private void pause() {
      pauses.pause(PAUSE_NANOS, deadlineNanos, this::onPaused);
    }

    private void onPaused(@Nullable Rejection why) {
      if (why == null) {
        go();
      } else {
        promise.fail(why.asException());
      }
    }

    private void attach(long lease) {
      Future<Void> underWay = attaching.get(lease);
      if (underWay != null) {
        pause(); // until that has ended
        return;
      }
      Future<Void> attached = ShardWrites.this.attach(lease, deadlineNanos);
      attaching.put(lease, attached);
      attached.onComplete(
          (_, failure) -> {
            attaching.remove(lease);
            onAttached(failure);
            pauses.wakeAll();
          });
    }

    private void onAttached(@Nullable Throwable failure) {
      if (failure == null) {
        go();
      } else if (failure instanceof RejectedException rejected
          && rejected.rejection() instanceof Rejection.LeaseNotFound) {
        onNoLease(rejected.rejection());
      } else {
        promise.fail(withoutEffect(failure));
      }
    }

    /// A txn may name the lease in a branch that is not taken: the commit looks at what runs.
    private void onNoLease(Rejection why) {
      if (command.hasTxn()) {
        coordinate();
      } else {
        promise.complete(new CommandResult.Rejected(why));
      }
    }

    /// The command itself was not executed, whatever became of the registration.
    private Throwable withoutEffect(Throwable failure) {
      boolean unknown =
          failure instanceof RejectedException rejected
              && rejected.rejection() instanceof Rejection.OutcomeUnknown;
      return unknown ? new Rejection.TimedOut().asException() : failure;
    }

    private void coordinate() {
      ways.cross().run(command, deadlineNanos).onComplete(promise);
    }
  }

  /// Registers the group in the root group first, then lets it know: what it knows is registered.
  private Future<Void> attach(long lease, long deadlineNanos) {
    var attach = LeaseAttach.newBuilder().setLease(lease).setGroup(group.value());
    var known = LeaseKnown.newBuilder().setLease(lease);
    return ways.root()
        .propose(Command.newBuilder().setLeaseAttach(attach).build(), deadlineNanos)
        .compose(ShardWrites::orRefused)
        .compose(
            _ ->
                log.run(Command.newBuilder().setLeaseKnown(known).build(), deadlineNanos)
                    .compose(ShardWrites::orRefused));
  }

  private static Future<Void> orRefused(CommandResult result) {
    return switch (result) {
      case CommandResult.Done _ -> Future.succeededFuture();
      case CommandResult.Rejected(Rejection why) -> Future.failedFuture(why.asException());
    };
  }
}
