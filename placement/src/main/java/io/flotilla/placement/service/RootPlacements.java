package io.flotilla.placement.service;

import com.google.protobuf.Empty;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.order.Placements;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.GroupDropped;
import io.flotilla.proto.command.GroupPlace;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.GroupSettled;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.NodeDrain;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.shard.CommandResult;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Says which nodes have replicas of shard groups: what the root group decides about it. See
/// docs/design/0012.
///
/// A command is executed only if there is no [#refusal] of it. Of those, `WrongShard` is final,
/// because group, nodes or placement are not what the command takes them for; `Held` may pass.
final class RootPlacements {
  private static final Rejection HELD = new Rejection.Held();

  private final RootState state;
  private final OrderFeed feed;

  RootPlacements(RootState state, OrderFeed feed) {
    this.state = state;
    this.feed = feed;
  }

  /// Why a placement is not executed; null if it is, and for every other command. Nothing is
  /// remembered of the refusal.
  @Nullable Rejection refusal(Command command) {
    return command.hasGroupPlace() ? refusal(command.getGroupPlace()) : null;
  }

  private @Nullable Rejection refusal(GroupPlace place) {
    GroupRecord record = record(place.getGroup());
    boolean fits =
        record != null
            && record.getPlacement() == place.getPlacement()
            && !record.getNodesList().equals(place.getNodesList())
            && isAscending(place.getNodesList());
    if (!fits) {
      return wrong();
    }
    if (state.membership().isJoint() || isBeingFounded(place.getGroup())) {
      return HELD;
    }
    List<NodeId> nodes = nodes(place);
    if (!state.membership().voters().containsAll(nodes)) {
      return wrong();
    }
    Set<NodeId> wanted = Set.copyOf(nodes.isEmpty() ? members() : nodes);
    return wanted.stream().anyMatch(node -> Placements.isLeaving(record, node)) ? HELD : null;
  }

  private static boolean isAscending(List<Long> ids) {
    for (int at = 1; at < ids.size(); at++) {
      if (new NodeId(ids.get(at - 1)).compareTo(new NodeId(ids.get(at))) >= 0) {
        return false;
      }
    }
    return true;
  }

  private @Nullable GroupRecord record(int group) {
    return group <= 0 ? null : state.order.record(new GroupId(group));
  }

  /// Whether a handover that is under way brings the group the first keys that it ever has.
  private boolean isBeingFounded(int group) {
    Handover handover = state.handovers.of(new GroupId(group));
    return handover != null
        && handover.getTo() == group
        && !state.map.map().groups().contains(new GroupId(group));
  }

  private static List<NodeId> nodes(GroupPlace place) {
    return place.getNodesList().stream().map(NodeId::new).toList();
  }

  private Set<NodeId> members() {
    return state.membership().members();
  }

  // ---- commands

  /// Other nodes shall have a replica. The outcome is empty.
  CommandResult place(GroupPlace place) {
    GroupRecord record = record(place.getGroup());
    if (record == null) {
      throw new IllegalStateException("a placement of an unknown group is refused");
    }
    state.order.place(new GroupId(place.getGroup()), nodes(place), members());
    feed.groups();
    return done();
  }

  /// The members of a group are those that shall be; does nothing about an earlier placement.
  CommandResult settle(GroupSettled settled) {
    GroupRecord record = record(settled.getGroup());
    boolean isNews =
        record != null
            && record.getPlacement() == settled.getPlacement()
            && Placements.isMoving(record);
    if (isNews) {
      state.order.settle(new GroupId(settled.getGroup()), members());
      feed.groups();
    }
    return done();
  }

  /// A replica that was to go is removed; does nothing about an earlier placement.
  CommandResult drop(GroupDropped dropped) {
    GroupRecord record = record(dropped.getGroup());
    var node = new NodeId(dropped.getNode());
    boolean isNews =
        record != null
            && record.getPlacement() == dropped.getPlacement()
            && Placements.isLeaving(record, node);
    if (isNews) {
      state.order.drop(new GroupId(dropped.getGroup()), node);
      feed.groups();
    }
    return done();
  }

  /// A node is to be emptied, or to be filled again.
  CommandResult drain(NodeDrain drain) {
    var node = new NodeId(drain.getNode());
    if (!members().contains(node)) {
      return new CommandResult.Rejected(new Rejection.MemberNotFound());
    }
    state.drained.set(node, drain.getDrained());
    return done();
  }

  /// The members of the cluster changed: who left is wanted nowhere.
  void follow(Membership membership) {
    state.drained.prune(membership.members());
    if (state.order.prune(membership.members())) {
      feed.groups();
    }
  }

  private Rejection wrong() {
    return new Rejection.WrongShard(state.map.map().epoch());
  }

  private CommandResult done() {
    return new CommandResult.Done(Empty.newBuilder(), state.keys.revision());
  }
}
