package io.flotilla.node.run;

import io.flotilla.placement.service.RootFacts;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.proto.etcd.AlarmMember;
import io.flotilla.proto.etcd.Member;
import io.flotilla.raft.host.Group;
import io.flotilla.router.route.ClusterView;
import java.util.List;

/// What this node knows about itself and its cluster, from the root group's replica here.
///
/// @param quotaBytes the space quota in force; [Long#MAX_VALUE] is none
record RootView(Identity identity, Group group, RootMachine machine, long quotaBytes)
    implements ClusterView {
  @Override
  public long clusterId() {
    return identity.clusterId();
  }

  @Override
  public long memberId() {
    return identity.node().value();
  }

  @Override
  public long raftTerm() {
    return group.status().term();
  }

  @Override
  public long leaderId() {
    return group.status().leader().value();
  }

  @Override
  public boolean isLearner() {
    return group.status().membership().learners().contains(identity.node());
  }

  @Override
  public boolean isCapable() {
    return true;
  }

  @Override
  public long revision() {
    return facts().revision();
  }

  @Override
  public long lastIndex() {
    return group.status().lastIndex();
  }

  @Override
  public long appliedIndex() {
    return group.status().appliedIndex();
  }

  @Override
  public long dbSizeBytes() {
    return facts().storeBytes();
  }

  @Override
  public long dbSizeInUseBytes() {
    return facts().usedBytes();
  }

  @Override
  public List<AlarmMember> alarms() {
    return facts().alarms();
  }

  @Override
  public List<Member> members() {
    return facts().cluster().members().stream().map(RootView::message).toList();
  }

  private RootFacts facts() {
    return machine.facts();
  }

  static Member message(io.flotilla.placement.member.Member member) {
    return Member.newBuilder()
        .setID(member.id().value())
        .setName(member.name())
        .addAllPeerURLs(member.peerUrls())
        .addAllClientURLs(member.clientUrls())
        .setIsLearner(member.learner())
        .build();
  }
}
