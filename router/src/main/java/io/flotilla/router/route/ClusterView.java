package io.flotilla.router.route;

import io.flotilla.proto.etcd.AlarmMember;
import io.flotilla.proto.etcd.Member;
import java.util.List;

/// What this node knows about itself and its cluster right now. Never waits; may be read from any
/// thread; two calls may see different moments.
public interface ClusterView {
  /// Unsigned; the same on every member and across restarts.
  long clusterId();

  /// This node's member id, unsigned.
  long memberId();

  /// Never goes back.
  long raftTerm();

  /// Member id of the known leader; 0 for none.
  long leaderId();

  /// Whether this node receives the log without a vote.
  boolean isLearner();

  /// Whether the cluster has agreed on its version, so that the API may be used.
  boolean isCapable();

  /// The newest revision that this node can serve.
  long revision();

  /// Index of the newest entry of the log.
  long lastIndex();

  /// Not above [#lastIndex].
  long appliedIndex();

  /// Allocated bytes of the database.
  long dbSizeBytes();

  /// Not above [#dbSizeBytes].
  long dbSizeInUseBytes();

  /// The effective space quota; [Long#MAX_VALUE] when there is none, so that what divides by it sees
  /// a store that is as good as empty.
  long quotaBytes();

  /// Alarms that are on, of all members.
  List<AlarmMember> alarms();

  /// By unsigned id, ascending.
  List<Member> members();

  default boolean hasLeader() {
    return leaderId() != 0;
  }
}
