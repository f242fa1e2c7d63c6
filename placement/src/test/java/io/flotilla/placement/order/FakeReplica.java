package io.flotilla.placement.order;

import io.flotilla.base.GroupId;
import io.flotilla.placement.testing.ManualProposer;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.raft.shard.CommandResult;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/// A replica whose figures a test sets, and which processes items when the test says so.
final class FakeReplica implements OrderedReplica {
  final ManualProposer log = new ManualProposer();
  final List<JournalItem> offered = new ArrayList<>();
  private final GroupId group;
  boolean leads;
  long executed;
  long ordered;
  long processed;
  long logged;
  long head;
  Runnable onOffer = () -> {};

  FakeReplica(GroupId group) {
    this.group = group;
  }

  List<Long> offeredNumbers() {
    return offered.stream().map(JournalItem::getNumber).toList();
  }

  /// What the oldest proposal holds.
  List<Long> proposedNumbers() {
    return log.commands().getFirst().getJournalItems().getItemsList().stream()
        .map(JournalItem::getNumber)
        .toList();
  }

  @Override
  public GroupId group() {
    return group;
  }

  @Override
  public boolean leads() {
    return leads;
  }

  @Override
  public long executed() {
    return executed;
  }

  @Override
  public long ordered() {
    return ordered;
  }

  @Override
  public long processed() {
    return processed;
  }

  @Override
  public long logged() {
    return logged;
  }

  @Override
  public long head() {
    return head;
  }

  @Override
  public void offer(JournalItem item) {
    offered.add(item);
    onOffer.run();
  }

  @Override
  public void propose(Command command, Consumer<CommandResult> onResult) {
    log.propose(command, onResult);
  }
}
