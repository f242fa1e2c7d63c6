package io.flotilla.placement.txn;

import io.flotilla.base.GroupId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.port.Clock;
import io.flotilla.placement.client.ShardDoor;
import io.flotilla.placement.client.ShardDoors;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.TxnAbort;
import io.flotilla.proto.command.TxnId;
import io.flotilla.proto.command.TxnWork;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.raft.ordered.TxnWorks;
import io.flotilla.raft.shard.CommandResult;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The shard groups as a coordinator sees them: which take part, and what it asks of them. Belongs
/// to the loop.
final class Participants {
  private static final Logger LOG = LoggerFactory.getLogger(Participants.class);
  private static final long ABORT_NANOS = 5_000_000_000L;

  private final RootMachine machine;
  private final ShardDoors doors;
  private final Clock clock;
  private final TxnMetrics metrics;

  Participants(RootMachine machine, ShardDoors doors, Clock clock, TxnMetrics metrics) {
    this.machine = machine;
    this.doors = doors;
    this.clock = clock;
    this.metrics = metrics;
  }

  /// Those that a work concerns as the root group's state is now, ascending; of a handover the
  /// source: the target waits for nothing, and learns of it by its journal.
  SortedSet<GroupId> of(TxnWork work) {
    var groups = new TreeSet<GroupId>();
    if (work.hasRevokeLease()) {
      groups.addAll(machine.leaseGroups(work.getRevokeLease()));
    } else if (work.hasHandover()) {
      groups.add(new GroupId(work.getHandover().getFrom()));
      groups.remove(GroupId.ROOT);
    } else {
      TxnWorks.spans(work)
          .forEach(
              span -> machine.shardMap().locate(span).forEach(each -> groups.add(each.group())));
      groups.remove(GroupId.ROOT);
    }
    return groups;
  }

  /// What a work keeps others from.
  Claim claim(TxnWork work) {
    long lease = work.hasRevokeLease() ? work.getRevokeLease() : 0;
    return new Claim(TxnWorks.spans(work), of(work), lease, work.hasHandover());
  }

  /// Whether all have leaders: keys of some are not locked for one that is down.
  boolean areLed(Collection<GroupId> groups) {
    return groups.stream().allMatch(this::isLed);
  }

  /// As [#areLed], of the group that a handover's range goes to; true for any other work. A range
  /// does not stand still while its target has no leader.
  boolean isTargetLed(TxnWork work) {
    return !work.hasHandover()
        || work.getHandover().getTo() == GroupId.ROOT.value()
        || isLed(new GroupId(work.getHandover().getTo()));
  }

  private boolean isLed(GroupId group) {
    try {
      return doors.shard(group).isLed();
    } catch (RejectedException notHere) {
      return false;
    }
  }

  /// Puts a prepare into a group's log.
  Future<CommandResult> prepare(GroupId group, Command command, long deadlineNanos) {
    return at(group, door -> door.prepare(command, deadlineNanos));
  }

  /// The groups' parts of a committed transaction, in the order of the groups.
  Future<List<TxnResponse>> parts(Collection<GroupId> groups, TxnId id, long deadlineNanos) {
    List<Future<TxnResponse>> parts = new ArrayList<>();
    for (GroupId group : groups) {
      parts.add(at(group, door -> door.part(id, deadlineNanos)));
    }
    return Future.join(parts).map(all -> parts.stream().map(Future::result).toList());
  }

  private <T> Future<T> at(GroupId group, Function<ShardDoor, Future<T>> what) {
    try {
      return what.apply(doors.shard(group));
    } catch (RejectedException notHere) {
      return Future.failedFuture(notHere);
    }
  }

  /// Unless the transaction is committed, these groups unlock.
  void abort(TxnId id, Collection<GroupId> groups) {
    if (groups.isEmpty()) {
      return;
    }
    metrics.aborted();
    var abort = TxnAbort.newBuilder().setId(id);
    groups.forEach(group -> abort.addGroups(group.value()));
    Command command = Command.newBuilder().setTxnAbort(abort).build();
    doors
        .root()
        .propose(command, clock.nanoTime() + ABORT_NANOS)
        .onFailure(failure -> onAbortLost(id, failure));
  }

  private static void onAbortLost(TxnId id, Throwable failure) {
    LOG.atInfo()
        .addKeyValue("event", "txn-abort-lost")
        .addKeyValue("term", id.getTerm())
        .addKeyValue("number", id.getNumber())
        .log("the groups will abort the transaction themselves: {}", failure.toString());
  }
}
