package io.flotilla.simulation.plant;

import io.flotilla.base.GroupId;
import io.flotilla.placement.order.JournalListener;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.TxnId;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.flotilla.simulation.world.Bent;
import io.flotilla.simulation.world.SimNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/// Hands items to replicas before their own node does, and not as they were ordered.
final class FalseItems implements Bent {
  private final UnaryOperator<JournalItem> falsify;
  private final Set<SimNode> nodes = new HashSet<>();

  private FalseItems(UnaryOperator<JournalItem> falsify) {
    this.falsify = falsify;
  }

  /// A participant unlocks and does not do its part.
  static FalseItems commitsSkipped() {
    return new FalseItems(
        item ->
            item.hasCommit() ? item.toBuilder().setAbort(item.getCommit().getId()).build() : item);
  }

  /// An item is taken for processed that was never seen.
  static FalseItems itemsSkipped() {
    var nobody = TxnId.newBuilder().setTerm(1).setNumber(Long.MAX_VALUE).build();
    return new FalseItems(item -> item.hasRun() ? item.toBuilder().setAbort(nobody).build() : item);
  }

  @Override
  public void started(SimNode node) {
    nodes.add(node);
    node.replica()
        .machine()
        .observe(
            new JournalListener() {
              @Override
              public void onItems(GroupId group, List<JournalItem> items) {
                items.forEach(item -> hand(group, falsify.apply(item)));
              }
            });
  }

  private void hand(GroupId group, JournalItem item) {
    nodes.removeIf(node -> node.life().isOver());
    for (SimNode node : nodes) {
      ShardGroupMachine machine = node.shard(group);
      if (machine != null && machine.processed() == item.getNumber() - 1) {
        machine.offer(item);
      }
    }
  }
}
