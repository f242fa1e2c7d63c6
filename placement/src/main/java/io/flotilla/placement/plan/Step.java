package io.flotilla.placement.plan;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.proto.admin.ChangeShardsRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One thing that the planner wants.
public sealed interface Step {
  /// The groups that it touches and that rest afterwards.
  List<GroupId> groups();

  /// What to ask for; null if there is nothing to be done.
  @Nullable ChangeShardsRequest change();

  /// As the command line writes it.
  String action();

  /// Another node leads a group.
  record Transfer(GroupId group, NodeId from, NodeId to) implements Step {
    @Override
    public List<GroupId> groups() {
      return List.of(group);
    }

    @Override
    public ChangeShardsRequest change() {
      var transfer =
          ChangeShardsRequest.Transfer.newBuilder().setGroup(group.value()).setNode(to.value());
      return ChangeShardsRequest.newBuilder().setTransfer(transfer).build();
    }

    @Override
    public String action() {
      return "transfer --group " + group + " --to " + to;
    }
  }

  /// The keys of `shard` from `at` on go to a new group.
  record Split(GroupId group, KeyRange shard, Key at) implements Step {
    @Override
    public List<GroupId> groups() {
      return List.of(group);
    }

    @Override
    public ChangeShardsRequest change() {
      var split = ChangeShardsRequest.Split.newBuilder().setAt(ByteString.copyFrom(at.bytes()));
      return ChangeShardsRequest.newBuilder().setSplit(split).build();
    }

    @Override
    public String action() {
      return "split --at " + KeyText.of(at);
    }
  }

  /// The shard that starts at `at` goes to the group of its lower neighbour.
  record Merge(Key at, GroupId from, GroupId into) implements Step {
    @Override
    public List<GroupId> groups() {
      return List.of(from, into);
    }

    @Override
    public ChangeShardsRequest change() {
      var merge = ChangeShardsRequest.Merge.newBuilder().setAt(ByteString.copyFrom(at.bytes()));
      return ChangeShardsRequest.newBuilder().setMerge(merge).build();
    }

    @Override
    public String action() {
      return "merge --at " + KeyText.of(at);
    }
  }

  /// Why a replica should be elsewhere.
  enum Cause {
    /// The node is to be emptied: people want it.
    DRAIN,
    /// The node was not heard of for long.
    GONE,
    /// The group has too few.
    SHORT,
    /// Nodes have different numbers of replicas.
    EVEN
  }

  /// A group gets a replica on another node.
  ///
  /// @param from whose replica it takes the place of; [NodeId#NONE] for no one's
  record Place(GroupId group, NodeId from, NodeId to, Cause cause) implements Step {
    @Override
    public List<GroupId> groups() {
      return List.of(group);
    }

    @Override
    public ChangeShardsRequest change() {
      var move =
          ChangeShardsRequest.Move.newBuilder()
              .setGroup(group.value())
              .setFrom(from.value())
              .setTo(to.value());
      return ChangeShardsRequest.newBuilder().setMove(move).build();
    }

    @Override
    public String action() {
      return from.equals(NodeId.NONE)
          ? "place --group " + group + " on " + to + ", too"
          : "move --group " + group + " --from " + from + " --to " + to;
    }
  }

  /// A group is above its bounds and no step would help: said so that people know.
  record Leave(GroupId group, KeyRange shard) implements Step {
    @Override
    public List<GroupId> groups() {
      return List.of(group);
    }

    @Override
    public @Nullable ChangeShardsRequest change() {
      return null;
    }

    @Override
    public String action() {
      return "leave group " + group;
    }
  }
}
