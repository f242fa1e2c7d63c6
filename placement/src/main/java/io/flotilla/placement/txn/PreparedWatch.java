package io.flotilla.placement.txn;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.duty.Proposer;
import io.flotilla.placement.duty.Repeater;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.TxnAbort;
import io.flotilla.proto.command.TxnId;
import io.flotilla.raft.ordered.PreparedTxn;
import io.flotilla.raft.ordered.ShardGroupMachine;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.LongSupplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sees to it that no lock outlives its transaction: proposes, to the root group's leader wherever
/// it is, the abort of what groups led here have prepared and heard no more of. An abort is never
/// wrong: a transaction that was committed stays so. Owned by the loop.
///
/// The coordinator of an id of an earlier root term can commit it no more, so that is aborted at
/// the next look; any other one when the coordinator should long have given it up.
final class PreparedWatch {
  static final long INTERVAL_MILLIS = 250;

  /// Aborts under way.
  private static final int MAX_UNDER_WAY = 64;

  private static final Logger LOG = LoggerFactory.getLogger(PreparedWatch.class);

  /// What the watch works with.
  ///
  /// @param rootTerm newest term of the root group that this node knows
  /// @param root proposes to the root group's leader wherever it is
  record Ports(LongSupplier rootTerm, Proposer root, Clock clock, Scheduler loop) {}

  private record Aborting(GroupId group, TxnId id) {}

  private final LongSupplier rootTerm;
  private final Proposer root;
  private final Clock clock;
  private final long patienceNanos;
  private final TxnMetrics metrics;
  private final Map<GroupId, ShardGroupMachine> machines = new TreeMap<>();
  private final Set<Aborting> underWay = new HashSet<>();
  private final Repeater looking;

  /// @param patienceNanos how long a transaction may be prepared; more than a coordinator gives it
  PreparedWatch(Ports ports, long patienceNanos, TxnMetrics metrics) {
    this.rootTerm = ports.rootTerm();
    this.root = ports.root();
    this.clock = ports.clock();
    this.looking = new Repeater(ports.loop(), INTERVAL_MILLIS, this::look);
    this.patienceNanos = patienceNanos;
    this.metrics = metrics;
  }

  void add(GroupId group, ShardGroupMachine machine) {
    machines.put(group, machine);
  }

  void remove(GroupId group) {
    machines.remove(group);
  }

  void start() {
    looking.start();
  }

  void stop() {
    looking.stop();
  }

  private void look() {
    machines.forEach(this::look);
  }

  private void look(GroupId group, ShardGroupMachine machine) {
    if (!machine.leads()) {
      return;
    }
    long nowNanos = clock.nanoTime();
    for (PreparedTxn txn : machine.prepared()) {
      boolean orphaned = txn.id().getTerm() < rootTerm.getAsLong();
      if (orphaned || nowNanos - txn.sinceNanos() >= patienceNanos) {
        abort(new Aborting(group, txn.id()));
      }
    }
  }

  private void abort(Aborting what) {
    if (underWay.size() >= MAX_UNDER_WAY || !underWay.add(what)) {
      return;
    }
    metrics.abandoned();
    LOG.atInfo()
        .addKeyValue("event", "txn-abandoned")
        .addKeyValue("group", what.group())
        .addKeyValue("term", what.id().getTerm())
        .addKeyValue("number", what.id().getNumber())
        .log("a prepared transaction was not decided");
    var abort = TxnAbort.newBuilder().setId(what.id()).addGroups(what.group().value());
    Command command = Command.newBuilder().setTxnAbort(abort).build();
    root.propose(command, _ -> underWay.remove(what));
  }
}
