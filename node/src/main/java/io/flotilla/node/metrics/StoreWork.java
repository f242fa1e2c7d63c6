package io.flotilla.node.metrics;

import io.flotilla.placement.service.ApplyObserver;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.LeaseGrantResponseOrBuilder;
import io.flotilla.proto.etcd.TxnResponseOrBuilder;
import io.flotilla.raft.shard.CommandResult;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.atomic.LongAdder;

/// Counts and times the commands that the root group executes, on its loop.
final class StoreWork implements ApplyObserver {
  /// From here on etcd calls an apply slow.
  private static final long SLOW_NANOS = 100_000_000;

  private static final Map<Command.BodyCase, String> NAMES =
      Map.of(
          Command.BodyCase.PUT, "Put",
          Command.BodyCase.DELETE_RANGE, "DeleteRange",
          Command.BodyCase.TXN, "Txn",
          Command.BodyCase.COMPACT, "Compaction",
          Command.BodyCase.LEASE_GRANT, "LeaseGrant",
          Command.BodyCase.LEASE_REVOKE, "LeaseRevoke",
          Command.BodyCase.LEASE_CHECKPOINT, "LeaseCheckpoint",
          Command.BodyCase.ALARM, "Alarm",
          Command.BodyCase.MEMBER_ATTRIBUTES, "ClusterMemberAttrSet");

  private record Times(Doubling succeeded, Doubling failed) {}

  private final Map<Command.BodyCase, Times> times = new EnumMap<>(Command.BodyCase.class);
  private final LongAdder slow = new LongAdder();
  private final StoreOperations operations;
  private final LeaseMetrics leases;

  StoreWork(
      MeterRegistry meters,
      PrometheusRegistry families,
      StoreOperations operations,
      LeaseMetrics leases) {
    this.operations = operations;
    this.leases = leases;
    var family =
        new DoublingFamily(
            "etcd_server_apply_duration_seconds", "Executing one command", 100_000, 20);
    NAMES.forEach(
        (kind, name) ->
            times.put(
                kind,
                new Times(
                    family.with("version", "v3", "op", name, "success", "true"),
                    family.with("version", "v3", "op", name, "success", "false"))));
    families.register(family);
    FunctionCounter.builder("etcd_server_slow_apply", slow, LongAdder::sum)
        .description("Commands that took more than 100 ms to execute")
        .register(meters);
  }

  @Override
  public void onApplied(Command command, CommandResult result, long nanos) {
    if (nanos > SLOW_NANOS) {
      slow.increment();
    }
    Times known = times.get(command.getBodyCase());
    if (known != null) {
      (result instanceof CommandResult.Done ? known.succeeded() : known.failed()).record(nanos);
    }
    if (result instanceof CommandResult.Done done) {
      count(command, done);
    }
  }

  private void count(Command command, CommandResult.Done done) {
    switch (command.getBodyCase()) {
      case PUT -> operations.put(command.getPut());
      case DELETE_RANGE -> operations.delete();
      case TXN -> operations.txn(command.getTxn(), (TxnResponseOrBuilder) done.response());
      case LEASE_GRANT -> leases.granted(((LeaseGrantResponseOrBuilder) done.response()).getTTL());
      case LEASE_REVOKE -> leases.revoked();
      case COMPACT, LEASE_CHECKPOINT, ALARM, MEMBER_ATTRIBUTES, MEMBER_PEER_URLS, AUTH -> {}
      case JOURNAL_ITEMS, PREPARE, LEASE_KNOWN -> {}
      case CUT, TXN_COMMIT, TXN_ABORT, LEASE_ATTACH, BODY_NOT_SET -> {}
      case HANDOVER_BEGIN, HANDOVER_ABANDON, HANDOVER_FENCE, GROUP_RETIRE -> {}
      case HANDOVER_OUT, HANDOVER_IN, HANDOVER_RECORDS, HANDOVER_CANCEL -> {}
      case GROUP_PLACE, GROUP_SETTLED, GROUP_DROPPED, NODE_DRAIN -> {}
    }
  }
}
