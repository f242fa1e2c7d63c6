package io.flotilla.simulation.client;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.order.Placements;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.Handover;
import io.flotilla.simulation.world.Machine;
import io.flotilla.simulation.world.Probe;
import io.flotilla.simulation.world.SimNode;
import io.flotilla.simulation.world.Timeline;
import java.util.List;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Somebody who moves keys between groups when asked: at any node, going by what that node knows.
/// He never knows for sure what became of a request, and need not.
final class ShardKeeper extends Client {
  private static final long TIMEOUT_NANOS = 3 * Timeline.SECOND;
  private static final int SHARDS_MAX = 8;

  ShardKeeper(Surroundings around, RandomGenerator random, WorkPlan plan, int number) {
    super(around, random, plan, number);
  }

  @Override
  void start() {
    // Does nothing by itself.
  }

  private @Nullable SimNode asked() {
    Machine machine = machine();
    SimNode node = machine.responsive();
    if (node == null) {
      turnAway();
    }
    return isStopped() ? null : node;
  }

  /// Gives a part of a shard to a new group. Returns whether it was asked for.
  boolean split() {
    SimNode node = asked();
    if (node == null || map(node).shards().size() >= SHARDS_MAX) {
      return false;
    }
    ask(node, splitSomewhere(), Probe.SPLIT_BEGUN);
    return true;
  }

  /// Mostly at a key that clients use, now and then between two of them.
  private ChangeShardsRequest splitSomewhere() {
    String at = random.nextInt(3) > 0 ? draw.key() : draw.key() + "/";
    return splitAt(Key.utf8(at));
  }

  /// One move while there are no faults.
  CalmMove calmMove() {
    return new CalmMove(around, this::splitSomewhere);
  }

  private static ChangeShardsRequest splitAt(Key at) {
    var split = ChangeShardsRequest.Split.newBuilder().setAt(bytes(at));
    return ChangeShardsRequest.newBuilder().setSplit(split).build();
  }

  /// Gives a shard to the group of its lower neighbour. Returns whether it was asked for.
  boolean merge() {
    SimNode node = asked();
    List<Shard> shards = node == null ? List.of() : map(node).shards();
    if (node == null || shards.size() < 2) {
      return false;
    }
    Shard upper = shards.get(1 + random.nextInt(shards.size() - 1));
    var merge = ChangeShardsRequest.Merge.newBuilder().setAt(bytes(upper.range().start()));
    ask(node, ChangeShardsRequest.newBuilder().setMerge(merge).build(), Probe.MERGE_BEGUN);
    return true;
  }

  /// Gives the shards of the root group to new groups. Returns whether it was asked for.
  boolean detach() {
    SimNode node = asked();
    if (node == null || map(node).shards().stream().noneMatch(ShardKeeper::isOfRoot)) {
      return false;
    }
    var detach = ChangeShardsRequest.Detach.getDefaultInstance();
    ask(node, ChangeShardsRequest.newBuilder().setDetach(detach).build(), Probe.DETACH_BEGUN);
    return true;
  }

  private static boolean isOfRoot(Shard shard) {
    return shard.group().equals(GroupId.ROOT);
  }

  /// Moves a replica of a group that is not on all nodes to a node without one. Returns whether it
  /// was asked for.
  boolean moveReplica() {
    SimNode node = asked();
    List<GroupRecord> groups =
        node == null
            ? List.of()
            : node.replica().machine().groups().stream()
                .filter(record -> !Placements.isEverywhere(record))
                .toList();
    if (node == null || groups.isEmpty()) {
      return false;
    }
    GroupRecord record = groups.get(random.nextInt(groups.size()));
    List<Long> free =
        node.replica().machine().members().list().stream()
            .filter(member -> !member.learner())
            .map(member -> member.id().value())
            .filter(id -> !record.getNodesList().contains(id))
            .toList();
    if (free.isEmpty()) {
      return false;
    }
    var move =
        ChangeShardsRequest.Move.newBuilder()
            .setGroup(record.getGroup())
            .setFrom(record.getNodes(random.nextInt(record.getNodesCount())))
            .setTo(free.get(random.nextInt(free.size())));
    ask(node, ChangeShardsRequest.newBuilder().setMove(move).build(), Probe.REPLICA_MOVED);
    return true;
  }

  /// Gives up a handover that the asked node knows of. Returns whether there is one.
  boolean cancel() {
    SimNode node = asked();
    List<Handover> known = node == null ? List.of() : node.replica().machine().handovers();
    if (node == null || known.isEmpty()) {
      return false;
    }
    long number = known.get(random.nextInt(known.size())).getNumber();
    var cancel = ChangeShardsRequest.Cancel.newBuilder().setHandover(number);
    ask(node, ChangeShardsRequest.newBuilder().setCancel(cancel).build(), Probe.CANCEL_ASKED);
    return true;
  }

  private static ByteString bytes(Key key) {
    return ByteString.copyFrom(key.bytes());
  }

  private static ShardMap map(SimNode node) {
    return node.replica().machine().shardMap();
  }

  private void ask(SimNode node, ChangeShardsRequest request, Probe done) {
    ask(
        node,
        request,
        response -> {
          if (response.getRefusal().isEmpty()) {
            around.probes().hit(done);
          } else {
            around.probes().hit(Probe.SHARD_CHANGE_REFUSED);
          }
        });
  }

  private void ask(
      SimNode node, ChangeShardsRequest request, Consumer<ChangeShardsResponse> onAnswer) {
    around
        .timeline()
        .after(
            wire.latencyNanos(),
            node.life(),
            () ->
                node.shardAdmin()
                    .change(request, node.clock().nanoTime() + TIMEOUT_NANOS)
                    .onComplete(
                        (response, failure) -> {
                          if (failure == null) {
                            onAnswer.accept(response);
                          } else {
                            turnAway();
                          }
                        }));
  }
}
