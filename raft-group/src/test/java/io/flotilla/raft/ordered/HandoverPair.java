package io.flotilla.raft.ordered;

import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.HandoverPin;
import io.flotilla.proto.command.HandoverProgress;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.proto.command.HistoryPlace;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.shard.CommandOutcome;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.ExportPage;
import io.flotilla.raft.shard.ShardQuery;
import java.util.List;
import java.util.Set;

/// A source that serves `[b, c)` and everything from `d` on, and a target that begins without
/// ranges: two replicas of it, of which one may process items early and the other at their place in
/// the log.
final class HandoverPair implements AutoCloseable {
  static final ShardFounding EMPTY =
      new ShardFounding(
          new GroupId(2),
          List.of(),
          Membership.ofVoters(Set.of(new NodeId(1), new NodeId(2))),
          3,
          -1);

  final TestReplica source = new TestReplica();
  final TestReplica early = new TestReplica(EMPTY);
  final TestReplica late = new TestReplica(EMPTY);
  private HistoryPlace next = HistoryPlace.getDefaultInstance();

  /// In the target's log.
  void toTarget(Command command) {
    early.apply(command);
    late.apply(command);
  }

  /// At their place in the target's log.
  void log(JournalItem... items) {
    toTarget(Items.log(items));
  }

  /// The source sends and the target expects.
  void begin(long number, KeyRange range) {
    source.apply(Items.handoverOut(number, range));
    toTarget(Items.handoverIn(number, range));
    next = HistoryPlace.getDefaultInstance();
  }

  /// What the source has now as commands of the target, a few records each.
  List<Command> copies(long number) {
    List<Command> copies = new java.util.ArrayList<>();
    ExportPage page;
    do {
      long to = source.machine.revision();
      page = source.read(new ShardQuery.Export(number, next, to, 40));
      var records = HandoverRecords.newBuilder().setNumber(number).setFrom(next);
      records.addAllRecords(page.records()).setNext(page.next());
      records.setCompleteTo(page.completeTo());
      copies.add(Command.newBuilder().setHandoverRecords(records).build());
      next = page.next();
    } while (page.completeTo() == 0);
    return copies;
  }

  void copy(long number) {
    copies(number).forEach(this::toTarget);
  }

  static HandoverPin pin(CommandOutcome outcome) {
    return ((HandoverPin.Builder) ((CommandResult.Done) outcome).response()).build();
  }

  static HandoverProgress progress(CommandOutcome outcome) {
    return ((HandoverProgress.Builder) ((CommandResult.Done) outcome).response()).build();
  }

  @Override
  public void close() {
    source.close();
    early.close();
    late.close();
  }
}
