package io.flotilla.placement.handover;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.command.GroupPlace;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.HandoverBegin;
import io.flotilla.proto.command.NodeDrain;
import io.flotilla.raft.handover.Intervals;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Decides what a request for a change of the shards leads to, or why to nothing: in words, and
/// with the remedy. Pure.
final class ShardRules {
  private static final int LISTED = 8;

  /// What is to be done.
  sealed interface Decision {
    record Begin(HandoverBegin begin) implements Decision {}

    record Cancel(long number) implements Decision {}

    record Transfer(GroupId group, NodeId to) implements Decision {}

    record Place(GroupPlace place) implements Decision {}

    record Drain(NodeDrain drain) implements Decision {}

    record Refuse(String why) implements Decision {}
  }

  private final ShardView view;
  private final HandoverLimits limits;

  ShardRules(ShardView view, HandoverLimits limits) {
    this.view = view;
    this.limits = limits;
  }

  Decision decide(ChangeShardsRequest request) {
    return switch (request.getChangeCase()) {
      case SPLIT -> split(Key.of(request.getSplit().getAt().toByteArray()));
      case MERGE -> merge(Key.of(request.getMerge().getAt().toByteArray()));
      case DETACH -> detach();
      case TRANSFER ->
          transfer(request.getTransfer().getGroup(), new NodeId(request.getTransfer().getNode()));
      case CANCEL -> cancel(request.getCancel().getHandover());
      case PLACE -> places().place(request.getPlace());
      case MOVE -> places().move(request.getMove());
      case DRAIN -> places().drain(request.getDrain());
      case CHANGE_NOT_SET ->
          refuse("the request asks for no change that this node knows; update the node");
    };
  }

  private PlaceRules places() {
    return new PlaceRules(view);
  }

  // ---- handovers

  private Decision split(Key at) {
    if (at.isEmpty()) {
      return refuse("a split needs a key; the keys from there on go to a new group");
    }
    Shard shard = view.map().locate(at);
    if (shard.range().start().equals(at)) {
      return refuse("a shard already starts at " + name(at) + ": there is nothing to split");
    }
    String busy = busy(shard.group());
    return busy != null
        ? refuse(busy)
        : toNewGroup(new KeyRange(at, shard.range().end()), "split at " + name(at));
  }

  private Decision merge(Key at) {
    ShardMap map = view.map();
    Shard upper = map.locate(at);
    if (!upper.range().start().equals(at)) {
      return refuse("no shard starts at " + name(at) + "; shards start at " + starts());
    }
    if (at.isEmpty()) {
      return refuse("the first shard has no lower neighbour that it could be merged into");
    }
    Shard lower = map.shards().get(map.shards().indexOf(upper) - 1);
    if (lower.group().equals(upper.group())) {
      return refuse("both shards at " + name(at) + " are in group " + lower.group());
    }
    String busy = busy(upper.group());
    busy = busy == null ? busy(lower.group()) : busy;
    if (busy != null) {
      return refuse(busy);
    }
    return new Decision.Begin(
        HandoverBegin.newBuilder()
            .setRange(Intervals.of(upper.range()))
            .setGroup(lower.group().value())
            .setReason("merge at " + name(at))
            .build());
  }

  private Decision detach() {
    KeyRange range = nextOfRoot(view.map());
    if (range == null) {
      return refuse("the root group has no keys: there is nothing to detach");
    }
    String busy = busy(GroupId.ROOT);
    return busy != null ? refuse(busy) : toNewGroup(range, DETACH);
  }

  /// The reason of handovers after which the rest of the root group's keys follow.
  static final String DETACH = "detach";

  /// What of the root group's keys is to be detached next; null if it has none.
  static @Nullable KeyRange nextOfRoot(ShardMap map) {
    return map.shards().stream()
        .filter(shard -> shard.group().equals(GroupId.ROOT))
        .map(Shard::range)
        .findFirst()
        .orElse(null);
  }

  private Decision toNewGroup(KeyRange range, String reason) {
    return new Decision.Begin(
        HandoverBegin.newBuilder()
            .setRange(Intervals.of(range))
            .setNewGroup(true)
            .setReplicas(limits.replicas())
            .setReason(reason)
            .build());
  }

  /// Why no handover of a group can begin; null if one can.
  private @Nullable String busy(GroupId group) {
    for (Handover handover : view.handovers()) {
      if (handover.getFrom() == group.value() || handover.getTo() == group.value()) {
        return "group %s takes part in handover %d (%s); wait for it, or cancel it"
            .formatted(group, handover.getNumber(), handover.getReason());
      }
    }
    if (view.handovers().size() >= limits.begun()) {
      return "there are %d handovers already; wait for one of them, or cancel one"
          .formatted(view.handovers().size());
    }
    return view.alarm().isEmpty()
        ? null
        : "the alarm %s is on; keys are moved again when it is disarmed".formatted(view.alarm());
  }

  private Decision cancel(long number) {
    boolean exists = view.handovers().stream().anyMatch(each -> each.getNumber() == number);
    return exists
        ? new Decision.Cancel(number)
        : refuse("handover " + number + " is not under way: it ended, or never began");
  }

  // ---- leaders

  private Decision transfer(int number, NodeId to) {
    ShardView.Led group = number < 0 ? null : view.groups().get(new GroupId(number));
    if (group == null) {
      return refuse("there is no group " + Integer.toUnsignedString(number));
    }
    if (!group.voters().contains(to)) {
      return refuse(
          "node %s has no vote in group %d; those that have: %s"
              .formatted(to, number, list(group.voters().stream().map(NodeId::toString).toList())));
    }
    return group.leader().equals(to)
        ? refuse("node %s leads group %d already".formatted(to, number))
        : new Decision.Transfer(new GroupId(number), to);
  }

  // ---- words

  static Decision refuse(String why) {
    return new Decision.Refuse(why);
  }

  private String starts() {
    return list(view.map().shards().stream().map(shard -> name(shard.range().start())).toList());
  }

  static String list(List<String> all) {
    String first = all.stream().limit(LISTED).collect(Collectors.joining(", "));
    return all.size() > LISTED ? first + ", and " + (all.size() - LISTED) + " more" : first;
  }

  /// As text if it is some, else in hexadecimal digits.
  static String name(Key key) {
    try {
      String text =
          StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(key.bytes())).toString();
      boolean plain = text.codePoints().noneMatch(Character::isISOControl);
      return plain ? "\"" + text + "\"" : key.toString();
    } catch (CharacterCodingException notText) {
      return key.toString();
    }
  }
}
