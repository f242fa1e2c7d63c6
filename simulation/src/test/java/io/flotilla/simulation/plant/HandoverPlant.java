package io.flotilla.simulation.plant;

import io.flotilla.base.GroupId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.proto.command.HistoryRecord;
import io.flotilla.proto.command.PrepareAnswer;
import io.flotilla.proto.command.TxnCommit;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.raft.ordered.TxnWorks;
import io.flotilla.simulation.world.Bent;
import io.flotilla.simulation.world.Machine;
import java.util.function.Predicate;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// Planted bugs of worlds whose keys move between groups.
enum HandoverPlant {
  /// The root group goes on writing keys that are being switched over.
  ROOT_NOT_FENCED(() -> gate(true, HandoverPlant::lockedKeysLetIn), 0),
  /// A shard group does.
  SOURCE_NOT_FENCED(() -> gate(false, HandoverPlant::lockedKeysLetIn), 3),
  /// A target says that it has the whole history when it has a part of it.
  COMPLETE_TOO_EARLY(() -> commands(HandoverPlant::complete), 2),
  /// A target acquires keys before what was written last has come.
  ACQUIRED_BEFORE_COMPLETE(() -> commands(HandoverPlant::acquiredAtOnce), 2),
  /// Commands on keys that a group has just acquired overtake the item in its log.
  GATE_OPEN_BEFORE_ACQUIRE_IS_LOGGED(() -> gate(false, HandoverPlant::ownKeysLetIn), 2),
  /// Some records do not come along.
  RECORD_LOST(() -> commands(records -> without(records, HandoverPlant::isUnlucky)), 2),
  /// Deleted keys are alive again.
  TOMBSTONE_LOST(() -> commands(records -> without(records, HistoryRecord::getTombstone)), 2),
  /// Keys come without their leases.
  LEASES_LOST(() -> commands(HandoverPlant::withoutLeases), 2),
  /// Parts of one transaction in several groups count from the same number.
  SUB_BASE_MISSING(() -> commands(HandoverPlant::withFewDeletes), 3),
  /// What was pinned or half received stays for ever.
  NEVER_CANCELED(() -> refuse(Command.BodyCase.HANDOVER_CANCEL), 2),
  /// Groups that have no keys stay for ever.
  NEVER_RETIRED(() -> refuse(Command.BodyCase.GROUP_RETIRE), 2),
  /// Handovers begin and go nowhere.
  NEVER_COPIED(() -> refuse(Command.BodyCase.HANDOVER_RECORDS), 2);

  /// More revisions than a run has while keys are copied.
  private static final long AHEAD = 1_000;

  private final Supplier<Bent> bent;
  private final int shards;

  /// @param shards with which its world begins
  HandoverPlant(Supplier<Bent> bent, int shards) {
    this.bent = bent;
    this.shards = shards;
  }

  /// For one run.
  Bent bent() {
    return bent.get();
  }

  int shards() {
    return shards;
  }

  // ------------------------------------------------------------------- gates

  private interface Gate {
    @Nullable Rejection instead(StateMachine machine, Command command, Rejection why);
  }

  private static Bent gate(boolean root, Gate gate) {
    return new Bent() {
      @Override
      public StateMachine state(Machine machine, GroupId group, StateMachine honest) {
        return root == group.equals(GroupId.ROOT)
            ? new OpenGate(
                honest, (command, why) -> why == null ? null : gate.instead(honest, command, why))
            : honest;
      }
    };
  }

  private static boolean concernsKeys(Command command) {
    return command.hasPut() || command.hasDeleteRange() || command.hasTxn();
  }

  private static @Nullable Rejection lockedKeysLetIn(
      StateMachine machine, Command command, Rejection why) {
    return why instanceof Rejection.Held && concernsKeys(command) ? null : why;
  }

  private static @Nullable Rejection ownKeysLetIn(
      StateMachine machine, Command command, Rejection why) {
    boolean acquired =
        why instanceof Rejection.Held
            && concernsKeys(command)
            && machine instanceof ShardGroupMachine group
            && group.prepared().isEmpty()
            && TxnWorks.spans(command).stream().allMatch(group.own()::contains);
    return acquired ? null : why;
  }

  private static Bent refuse(Command.BodyCase kind) {
    return new Bent() {
      @Override
      public StateMachine state(Machine machine, GroupId group, StateMachine honest) {
        return new OpenGate(
            honest,
            (command, why) -> command.getBodyCase() == kind ? new Rejection.Stopped() : why);
      }
    };
  }

  // ------------------------------------------------------------------- commands

  private static Bent commands(UnaryOperator<Command> instead) {
    return new Bent() {
      @Override
      public StateMachine state(Machine machine, GroupId group, StateMachine honest) {
        return new BentCommands(honest, instead);
      }
    };
  }

  private static Command complete(Command command) {
    var bent = command.toBuilder();
    if (command.hasHandoverRecords() && command.getHandoverRecords().getRecordsCount() > 0) {
      long reached = command.getHandoverRecords().getNext().getRevision();
      bent.getHandoverRecordsBuilder().setCompleteTo(reached + AHEAD);
    }
    return bent.build();
  }

  private static Command acquiredAtOnce(Command command) {
    var bent = command.toBuilder();
    if (command.hasTxnCommit() && command.getTxnCommit().getWork().hasHandover()) {
      bent.getTxnCommitBuilder().setCompleteTo(1);
    }
    return bent.build();
  }

  private static Command without(Command command, Predicate<HistoryRecord> lost) {
    if (!command.hasHandoverRecords()) {
      return command;
    }
    HandoverRecords honest = command.getHandoverRecords();
    var records = honest.toBuilder().clearRecords();
    honest.getRecordsList().stream().filter(lost.negate()).forEach(records::addRecords);
    return command.toBuilder().setHandoverRecords(records).build();
  }

  private static boolean isUnlucky(HistoryRecord record) {
    return record.getRevision() % 7 == 0;
  }

  private static Command withoutLeases(Command command) {
    var bent = command.toBuilder();
    if (command.hasHandoverRecords()) {
      bent.getHandoverRecordsBuilder()
          .getRecordsBuilderList()
          .forEach(HistoryRecord.Builder::clearLease);
    }
    return bent.build();
  }

  private static Command withFewDeletes(Command command) {
    var bent = command.toBuilder();
    if (command.hasTxnCommit()) {
      bent.getTxnCommitBuilder().getParticipantsBuilderList().stream()
          .map(TxnCommit.Participant.Builder::getAnswerBuilder)
          .flatMap(answer -> answer.getOperationsBuilderList().stream())
          .forEach(HandoverPlant::atMostOne);
    }
    return bent.build();
  }

  private static void atMostOne(PrepareAnswer.Operation.Builder operation) {
    operation.setDeletes(Math.min(1, operation.getDeletes()));
  }
}
