package io.flotilla.placement.service;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.placement.auth.AuthFacts;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.etcd.AlarmMember;
import io.flotilla.proto.etcd.AlarmType;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/// What fronts and health checks may know of the root group's state without asking it: one moment,
/// immutable.
///
/// @param revision of the keys
/// @param storeBytes of the tree file
/// @param usedBytes of it that hold something; not above `storeBytes`
/// @param alarms all that are on
/// @param cluster who belongs to it
/// @param shardMap which group serves which keys
/// @param groups the shard groups, ascending
/// @param orders how far each of them was ordered when the machine last ticked, by group, ascending
/// @param handovers that are neither committed nor abandoned, by number
/// @param drained nodes that are to be emptied of replicas, ascending
/// @param auth users and roles
public record RootFacts(
    long revision,
    long storeBytes,
    long usedBytes,
    List<AlarmMember> alarms,
    Cluster cluster,
    ShardMap shardMap,
    List<GroupRecord> groups,
    Map<GroupId, GroupOrder> orders,
    List<Handover> handovers,
    List<NodeId> drained,
    AuthFacts auth) {
  public RootFacts {
    alarms = List.copyOf(alarms);
    groups = List.copyOf(groups);
    orders = Collections.unmodifiableMap(orders);
    handovers = List.copyOf(handovers);
    drained = List.copyOf(drained);
  }

  /// Of a cluster without shard groups.
  public RootFacts(
      long revision,
      long storeBytes,
      long usedBytes,
      List<AlarmMember> alarms,
      Cluster cluster,
      ShardMap shardMap) {
    this(
        revision,
        storeBytes,
        usedBytes,
        alarms,
        cluster,
        shardMap,
        List.of(),
        Map.of(),
        List.of(),
        List.of(),
        AuthFacts.NONE);
  }

  /// A shard group's record; null for an unknown one.
  public @Nullable GroupRecord record(GroupId group) {
    return groups.stream()
        .filter(record -> record.getGroup() == group.value())
        .findFirst()
        .orElse(null);
  }

  static RootFacts of(RootState state) {
    return new RootFacts(
        state.keys.revision(),
        storeBytes(state),
        state.file.usedBytes(),
        state.alarms.list(AlarmType.NONE_VALUE),
        new Cluster(state.members.clusterId(), state.members.list()),
        state.map.map(),
        state.order.groups(),
        orders(state),
        state.handovers.list(),
        state.drained.list(),
        state.auth.facts());
  }

  /// Made anew by each tick only: there may be many groups, and each cut changes some.
  private static Map<GroupId, GroupOrder> orders(RootState state) {
    return state.order.isEmpty() ? Map.of() : state.order.orders();
  }

  /// As [#next], with the orders as they are now.
  RootFacts ticked(RootState state) {
    return next(state, orders(state));
  }

  /// A later moment in which alarms, members and users are the same.
  RootFacts next(RootState state) {
    return next(state, orders);
  }

  private RootFacts next(RootState state, Map<GroupId, GroupOrder> newOrders) {
    return new RootFacts(
        state.keys.revision(),
        storeBytes(state),
        state.file.usedBytes(),
        alarms,
        cluster,
        state.map.map(),
        state.order.groups(),
        newOrders,
        state.handovers.list(),
        drained,
        auth);
  }

  private static long storeBytes(RootState state) {
    return Math.max(state.file.fileBytes(), state.file.usedBytes());
  }
}
