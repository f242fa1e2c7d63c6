package io.flotilla.placement.service;

import io.flotilla.placement.member.Member;
import io.flotilla.proto.etcd.AlarmMember;
import java.util.List;

/// What the root group's state is on this node right now, for any thread: fronts, health checks,
/// metrics. Never waits. Two calls may see different moments; no promise beyond that a later call
/// sees no earlier state.
public final class RootView {
  /// What changes seldom, published as a whole.
  private record Slow(Cluster cluster, List<AlarmMember> alarms) {}

  private volatile long revision;
  private volatile long fileBytes;
  private volatile long usedBytes;
  private volatile Slow slow = new Slow(new Cluster(0, List.of()), List.of());

  RootView() {}

  /// The newest revision of the keys.
  public long revision() {
    return revision;
  }

  /// 0 until the cluster is known.
  public long clusterId() {
    return slow.cluster().id();
  }

  /// By unsigned id, ascending.
  public List<Member> members() {
    return slow.cluster().members();
  }

  /// The alarms that are on, of all members.
  public List<AlarmMember> alarms() {
    return slow.alarms();
  }

  /// Bytes of the store's file, as of the last tick.
  public long fileBytes() {
    return fileBytes;
  }

  /// Bytes of it that the present state uses, as of the last tick; not above [#fileBytes].
  public long usedBytes() {
    return Math.min(usedBytes, fileBytes);
  }

  // ---- the group's loop

  void publishRevision(long newest) {
    revision = newest;
  }

  void publishSizes(long file, long used) {
    fileBytes = Math.max(file, used);
    usedBytes = used;
  }

  void publish(Cluster cluster, List<AlarmMember> alarms) {
    slow = new Slow(cluster, List.copyOf(alarms));
  }
}
