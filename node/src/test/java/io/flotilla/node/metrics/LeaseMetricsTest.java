package io.flotilla.node.metrics;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Rejection;
import io.flotilla.placement.lease.Renewal;
import io.flotilla.placement.service.Renewals;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.LeaseRevokeResponse;
import io.flotilla.raft.shard.CommandResult;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class LeaseMetricsTest {
  private static final Command REVOKE =
      Command.newBuilder().setLeaseRevoke(LeaseRevokeRequest.newBuilder().setID(7)).build();
  private static final CommandResult DONE =
      new CommandResult.Done(LeaseRevokeResponse.newBuilder(), 2);

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final LeaseMetrics metrics = new LeaseMetrics(registry);
  private final List<CommandResult> told = new ArrayList<>();

  private double count(String name) {
    return registry.get(name).functionCounter().count();
  }

  private void propose(Command command, CommandResult result) {
    metrics.countingExpiry((_, onResult) -> onResult.accept(result)).propose(command, told::add);
  }

  @Test
  void leasesThatRanOutAreCountedOnceTheyAreGone() {
    var refused = new CommandResult.Rejected(new Rejection.OutcomeUnknown());
    propose(REVOKE, DONE);
    propose(REVOKE, refused);
    assertThat(count("etcd_debugging_server_lease_expired")).isEqualTo(1);
    assertThat(told).containsExactly(DONE, refused);
  }

  @Test
  void otherDutiesAreNoExpiry() {
    propose(Command.newBuilder().setCompact(CompactionRequest.getDefaultInstance()).build(), DONE);
    assertThat(count("etcd_debugging_server_lease_expired")).isZero();
    assertThat(told).containsExactly(DONE);
  }

  @Test
  void onlyKeepAlivesThatRenewedAreCounted() {
    metrics.renewed(
        new Renewals(
            List.of(
                new Renewal.Renewed(60),
                new Renewal.Unknown(),
                new Renewal.Expiring(),
                new Renewal.Checkpointed(60),
                new Renewal.Renewed(60)),
            1));
    assertThat(count("etcd_debugging_lease_renewed")).isEqualTo(2);
  }
}
