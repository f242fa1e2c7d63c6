package io.flotilla.placement.service;

import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.etcd.AlarmMember;
import io.flotilla.proto.etcd.AlarmType;
import java.util.List;

/// What fronts and health checks may know of the root group's state without asking it: one moment,
/// immutable.
///
/// @param revision of the keys
/// @param storeBytes of the tree file
/// @param usedBytes of it that hold something; not above `storeBytes`
/// @param alarms all that are on
/// @param cluster who belongs to it
/// @param shardMap which group serves which keys
public record RootFacts(
    long revision,
    long storeBytes,
    long usedBytes,
    List<AlarmMember> alarms,
    Cluster cluster,
    ShardMap shardMap) {
  public RootFacts {
    alarms = List.copyOf(alarms);
  }

  static RootFacts of(RootState state) {
    return new RootFacts(
        state.keys.revision(),
        storeBytes(state),
        state.file.usedBytes(),
        state.alarms.list(AlarmType.NONE_VALUE),
        new Cluster(state.members.clusterId(), state.members.list()),
        state.map.map());
  }

  /// A later moment in which alarms and members are the same.
  RootFacts next(RootState state) {
    return new RootFacts(
        state.keys.revision(),
        storeBytes(state),
        state.file.usedBytes(),
        alarms,
        cluster,
        state.map.map());
  }

  private static long storeBytes(RootState state) {
    return Math.max(state.file.fileBytes(), state.file.usedBytes());
  }
}
