package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Rejection;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.placement.service.RootMachines;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class GroupProposerTest {
  private static final Command GRANT =
      Command.newBuilder()
          .setLeaseGrant(LeaseGrantRequest.newBuilder().setID(7).setTTL(60))
          .build();

  private final SimLoop loop = new SimLoop();
  private final RootMachine machine = RootMachines.leading(loop);
  private final FakeGroup group = new FakeGroup(machine);
  private final GroupProposer proposer =
      new GroupProposer(group, machine.leases()::primary, loop, loop, 1000);
  private final List<CommandResult> results = new ArrayList<>();
  private final List<Boolean> proofs = new ArrayList<>();

  @Test
  void resultComesOnTheLoopAfterTheCall() {
    proposer.propose(GRANT, results::add);
    assertThat(results).isEmpty();
    loop.settle();
    assertThat(results.getFirst()).isInstanceOf(CommandResult.Done.class);
  }

  @Test
  void failureOfTheGroupIsARejection() {
    group.refusal = new Rejection.TooManyRequests();
    proposer.propose(GRANT, results::add);
    loop.settle();
    assertThat(results)
        .containsExactly(new CommandResult.Rejected(new Rejection.TooManyRequests()));
  }

  @Test
  void failureThatIsNoRefusalLeavesTheOutcomeUnknown() {
    var broken =
        new GroupDoor() {
          @Override
          public Future<CommandResult> propose(Command command, long deadlineNanos) {
            return Future.failedFuture(new IllegalStateException("closed"));
          }

          @Override
          public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
            return Future.failedFuture(new IllegalStateException("closed"));
          }
        };
    var failing = new GroupProposer(broken, () -> true, loop, loop, 1000);
    failing.propose(GRANT, results::add);
    failing.prove(proofs::add);
    loop.settle();
    assertThat(results).containsExactly(new CommandResult.Rejected(new Rejection.OutcomeUnknown()));
    assertThat(proofs).containsExactly(false);
  }

  @Test
  void leadershipIsProvenByALinearizableRead() {
    proposer.prove(proofs::add);
    loop.settle();
    group.refusal = new Rejection.LeaderChanged();
    proposer.prove(proofs::add);
    loop.settle();
    group.refusal = null;
    machine.onLeadership(false, 2);
    proposer.prove(proofs::add);
    loop.settle();
    assertThat(proofs).containsExactly(true, false, false);
    assertThat(group.modes).containsOnly(ReadMode.LINEARIZABLE);
  }
}
