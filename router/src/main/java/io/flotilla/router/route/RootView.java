package io.flotilla.router.route;

import io.flotilla.base.NodeId;
import io.flotilla.placement.service.Cluster;
import io.flotilla.placement.service.RootFacts;
import io.flotilla.proto.etcd.AlarmMember;
import io.flotilla.proto.etcd.Member;
import io.flotilla.raft.host.GroupStatus;
import java.util.List;
import java.util.function.Supplier;

/// This node's replica of the root group as a [ClusterView], with the sizes of all groups' stores
/// here. The root group's revision, term, leader and log are the cluster's.
public final class RootView implements ClusterView {
  private final NodeId self;
  private final Supplier<GroupStatus> status;
  private final Supplier<RootFacts> facts;
  private final Supplier<StoreSizes> shards;
  private final long quotaBytes;
  private volatile Known known = new Known(new Cluster(0, List.of()), List.of());

  /// @param shards sizes of this node's replicas of shard groups, together
  /// @param quotaBytes the effective quota; [Long#MAX_VALUE] for none
  public RootView(
      NodeId self,
      Supplier<GroupStatus> status,
      Supplier<RootFacts> facts,
      Supplier<StoreSizes> shards,
      long quotaBytes) {
    this.self = self;
    this.status = status;
    this.facts = facts;
    this.shards = shards;
    this.quotaBytes = quotaBytes;
  }

  /// Members in their API form, made once per membership.
  private record Known(Cluster cluster, List<Member> members) {}

  @Override
  public long clusterId() {
    return facts.get().cluster().id();
  }

  @Override
  public long memberId() {
    return self.value();
  }

  @Override
  public long raftTerm() {
    return status.get().term();
  }

  @Override
  public long leaderId() {
    return status.get().leader().value();
  }

  @Override
  public boolean isLearner() {
    return status.get().membership().isLearner(self);
  }

  @Override
  public boolean isCapable() {
    return clusterId() != 0;
  }

  @Override
  public long revision() {
    return facts.get().revision();
  }

  @Override
  public long lastIndex() {
    return status.get().lastIndex();
  }

  @Override
  public long appliedIndex() {
    return status.get().appliedIndex();
  }

  @Override
  public long dbSizeBytes() {
    return facts.get().storeBytes() + shards.get().storeBytes();
  }

  @Override
  public long dbSizeInUseBytes() {
    return facts.get().usedBytes() + shards.get().usedBytes();
  }

  @Override
  public long quotaBytes() {
    return quotaBytes;
  }

  @Override
  public List<AlarmMember> alarms() {
    return facts.get().alarms();
  }

  @Override
  public List<Member> members() {
    Cluster cluster = facts.get().cluster();
    Known cached = known;
    if (cached.cluster() != cluster) {
      cached = new Known(cluster, inApiForm(cluster.members()));
      known = cached;
    }
    return cached.members();
  }

  /// @return members by unsigned id, ascending
  static List<Member> inApiForm(List<io.flotilla.placement.member.Member> members) {
    return members.stream()
        .map(
            member ->
                Member.newBuilder()
                    .setID(member.id().value())
                    .setName(member.name())
                    .addAllPeerURLs(member.peerUrls())
                    .addAllClientURLs(member.clientUrls())
                    .setIsLearner(member.learner())
                    .build())
        .toList();
  }
}
