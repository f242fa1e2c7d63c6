package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.node.storage.DroppedReplicas.Dropped;
import io.flotilla.placement.order.Placements;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.GroupDropped;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.raft.shard.CommandResult;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/// Which of the groups are this node's, by their records and by what it remembers of replicas that
/// it removed. Owned by the loop.
///
/// A record may be one of the past: a start finds the root group as of its last checkpoint. So a
/// replica that was removed comes back only for a later placement than the one it went for, and one
/// that came back goes only for a later one than it came for.
final class DroppedHere {
  private final NodeId self;
  private final Map<GroupId, Dropped> dropped;
  private final BiConsumer<Command, Consumer<CommandResult>> root;
  private final Set<GroupId> telling = new HashSet<>();

  /// @param dropped live
  /// @param root proposes to the root group's leader
  DroppedHere(
      NodeId self,
      Map<GroupId, Dropped> dropped,
      BiConsumer<Command, Consumer<CommandResult>> root) {
    this.self = self;
    this.dropped = dropped;
    this.root = root;
  }

  private @Nullable Dropped what(GroupRecord record) {
    return dropped.get(new GroupId(record.getGroup()));
  }

  /// Whether the node is to have a replica.
  boolean isOurs(GroupRecord record) {
    Dropped was = what(record);
    boolean stillGone = was != null && !was.back() && record.getPlacement() <= was.placement();
    return !stillGone && Placements.hosts(record, self);
  }

  /// Whether the group is rid of this node, and waits for it to say that its replica is removed.
  boolean mustGo(GroupRecord record) {
    Dropped was = what(record);
    boolean cameSince = was != null && was.back() && record.getPlacement() <= was.placement();
    return !cameSince && Placements.isLeaving(record, self);
  }

  /// Whether the replica of a group that [#mustGo] is removed.
  boolean isGone(GroupRecord record) {
    Dropped was = what(record);
    return was != null && !was.back();
  }

  /// Says that the replica is removed.
  ///
  /// @param after runs when the root group has answered, or has not for a while
  void tell(GroupRecord record, Runnable after) {
    var group = new GroupId(record.getGroup());
    if (!telling.add(group)) {
      return;
    }
    var gone =
        GroupDropped.newBuilder()
            .setGroup(record.getGroup())
            .setNode(self.value())
            .setPlacement(record.getPlacement());
    root.accept(
        Command.newBuilder().setGroupDropped(gone).build(),
        _ -> {
          telling.remove(group);
          after.run();
        });
  }
}
