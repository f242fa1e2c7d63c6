package io.flotilla.node.metrics;

import io.flotilla.placement.duty.Proposer;
import io.flotilla.placement.lease.Renewal;
import io.flotilla.placement.service.Renewals;
import io.flotilla.raft.shard.CommandResult;
import io.micrometer.core.instrument.DistributionSummary;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.concurrent.atomic.LongAdder;
import java.util.stream.DoubleStream;

/// Counts what becomes of leases.
final class LeaseMetrics {
  private static final int TTL_BOUNDS = 24;

  private final LongAdder granted = new LongAdder();
  private final LongAdder revoked = new LongAdder();
  private final LongAdder renewed = new LongAdder();
  private final LongAdder expired = new LongAdder();
  private final DistributionSummary ttls;

  LeaseMetrics(MeterRegistry meters) {
    counter(meters, "etcd_debugging_lease_granted", "Leases granted", granted);
    counter(meters, "etcd_debugging_lease_revoked", "Leases revoked, expired ones too", revoked);
    counter(meters, "etcd_debugging_lease_renewed", "Keep-alives that renewed a lease", renewed);
    counter(
        meters,
        "etcd_debugging_server_lease_expired",
        "Leases that this member, leading, revoked because they ran out",
        expired);
    ttls =
        DistributionSummary.builder("etcd_debugging_lease_ttl")
            .description("Seconds of life that leases were granted")
            .serviceLevelObjectives(
                DoubleStream.iterate(1, bound -> 2 * bound).limit(TTL_BOUNDS).toArray())
            .register(meters);
  }

  private static void counter(MeterRegistry meters, String name, String what, LongAdder value) {
    FunctionCounter.builder(name, value, LongAdder::sum).description(what).register(meters);
  }

  void granted(long ttlSeconds) {
    granted.increment();
    ttls.record(ttlSeconds);
  }

  void revoked() {
    revoked.increment();
  }

  void renewed(Renewals renewals) {
    for (Renewal outcome : renewals.outcomes()) {
      if (outcome instanceof Renewal.Renewed) {
        renewed.increment();
      }
    }
  }

  /// Counts the revocations that the duties of this member propose.
  Proposer countingExpiry(Proposer proposer) {
    return (command, onResult) ->
        proposer.propose(
            command,
            result -> {
              if (command.hasLeaseRevoke() && result instanceof CommandResult.Done) {
                expired.increment();
              }
              onResult.accept(result);
            });
  }
}
