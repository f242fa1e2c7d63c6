package io.flotilla.simulation.plant;

import io.flotilla.base.GroupId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.GroupReport;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.host.ForwardingMachine;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.router.front.rpc.StreamSink;
import io.flotilla.simulation.world.Bent;
import io.flotilla.simulation.world.Machine;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Planted bugs of worlds with several groups.
enum ShardPlant {
  /// The root leader orders what is not committed.
  CUT_OF_APPENDED(() -> Plant.links(InflatingLinks::new)),
  /// A participant does not do its part of a transaction.
  COMMIT_SKIPPED(FalseItems::commitsSkipped),
  /// A replica never sees an item of its journal.
  ITEM_SKIPPED(FalseItems::itemsSkipped),
  /// A replica of the root group orders less than the others by the same cut.
  REVISION_OF_TWO_OWNERS(() -> machines(true, LazyCuts::new)),
  /// One replica of shard groups executes something else than the others now and then.
  SHARD_DRIFTS(() -> machines(false, Plant.DriftingMachine::new)),
  /// Barriers are answered by root replicas that may be stale.
  STALE_BARRIER(() -> Plant.links(HastyLinks::new)),
  /// A later revision passes an earlier one of another group.
  REVISION_PASSES_ANOTHER(
      () ->
          new Bent() {
            @Override
            public StreamSink<WatchResponse> watch(
                Machine machine, StreamSink<WatchResponse> honest) {
              return new SwappingSink(honest);
            }
          }),
  /// Commands touch what a prepared transaction has locked.
  GATE_IGNORES_LOCKS(() -> gate(false, (_, why) -> why instanceof Rejection.Held ? null : why)),
  /// Keys are hung on leases that do not know the group.
  GATE_IGNORES_LEASES(
      () -> gate(false, (_, why) -> why instanceof Rejection.LeaseUnattached ? null : why)),
  /// What was prepared and not committed is never given up.
  LOCKS_FOR_EVER(
      () -> gate(true, (command, why) -> command.hasTxnAbort() ? new Rejection.Stopped() : why)),
  /// Leaders do not take the journal into their logs.
  JOURNAL_NOT_LOGGED(
      () ->
          gate(false, (command, why) -> command.hasJournalItems() ? new Rejection.Stopped() : why)),
  /// A transaction that is asked for again has another request id.
  TXN_REPEATED_UNDER_ANOTHER_ID(() -> Plant.links(RenamingLinks::new));

  private final Supplier<Bent> bent;

  ShardPlant(Supplier<Bent> bent) {
    this.bent = bent;
  }

  /// For one run.
  Bent bent() {
    return bent.get();
  }

  private interface BendMachine {
    StateMachine bend(StateMachine honest);
  }

  /// The machines of one node, of the root group or of the others.
  private static Bent machines(boolean root, BendMachine how) {
    return new Bent() {
      @Override
      public StateMachine state(Machine machine, GroupId group, StateMachine honest) {
        boolean bends = machine.number() == 2 && root == group.equals(GroupId.ROOT);
        return bends ? how.bend(honest) : honest;
      }
    };
  }

  private static Bent gate(
      boolean root, BiFunction<Command, @Nullable Rejection, @Nullable Rejection> instead) {
    return new Bent() {
      @Override
      public StateMachine state(Machine machine, GroupId group, StateMachine honest) {
        return root == group.equals(GroupId.ROOT) ? new OpenGate(honest, instead) : honest;
      }
    };
  }

  /// Takes one mutation less into some cuts.
  private static final class LazyCuts extends ForwardingMachine {
    private static final int STRIDE = 20;

    LazyCuts(StateMachine machine) {
      super(machine);
    }

    @Override
    public List<? extends CommandOutcome> apply(EntryId id, List<Command> commands) {
      boolean lazy = id.index() % STRIDE == 0;
      return super.apply(id, lazy ? commands.stream().map(LazyCuts::less).toList() : commands);
    }

    private static Command less(Command command) {
      var bent = command.toBuilder();
      if (command.hasCut()) {
        bent.getCutBuilder().getGroupsBuilderList().stream()
            .filter(report -> report.getExecuted() > 0)
            .forEach(LazyCuts::less);
      }
      return bent.build();
    }

    private static void less(GroupReport.Builder report) {
      report.setExecuted(report.getExecuted() - 1);
    }
  }
}
