package io.flotilla.simulation.client;

import io.flotilla.base.NodeId;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.member.MemberCodec;
import io.flotilla.placement.member.MemberRequest;
import io.flotilla.raft.core.MemberChange;
import io.flotilla.raft.core.Membership;
import io.flotilla.simulation.world.Cluster;
import io.flotilla.simulation.world.Machine;
import io.flotilla.simulation.world.Probe;
import io.flotilla.simulation.world.SimNode;
import io.flotilla.simulation.world.Timeline;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Somebody who looks after the members: replaces damaged ones, promotes learners, starts machines
/// for members that were added, and when asked lets one go or takes one in. It never gives up and
/// never knows for sure what became of a request, so it goes by what nodes say the members are.
final class MemberKeeper extends Client {
  private static final long LOOK_MILLIS = 400;
  private static final long TIMEOUT_NANOS = 3 * Timeline.SECOND;
  private static final long BUSY_NANOS = 4 * Timeline.SECOND;
  private static final long FAREWELL_NANOS = 6 * Timeline.SECOND;
  private static final int MEMBERS_MAX = 5;
  private static final int MEMBERS_MIN = 3;

  private final Map<NodeId, Long> goneSinceNanos = new HashMap<>();
  private final int wanted;
  private long busyUntilNanos;

  MemberKeeper(Surroundings around, RandomGenerator random, WorkPlan plan, int number) {
    super(around, random, plan, number);
    wanted = around.cluster().machines().size();
  }

  @Override
  void start() {
    later(LOOK_MILLIS, this::look);
  }

  private void look() {
    SimNode informed = informed();
    if (informed != null) {
      List<Member> members = informed.replica().machine().members().list();
      retireThoseThatLeft(members);
      startThoseThatCame(members);
      if (!isStopped() && !isBusy()) {
        repair(informed, members);
      }
    }
    start();
  }

  /// The running node that has applied most.
  private @Nullable SimNode informed() {
    return around.cluster().nodes().stream()
        .filter(node -> !node.life().isPaused())
        .max(Comparator.comparingLong(node -> node.status().appliedIndex()))
        .orElse(null);
  }

  private boolean isBusy() {
    return around.timeline().nowNanos() < busyUntilNanos;
  }

  // ------------------------------------------------------------------- machines

  private void startThoseThatCame(List<Member> members) {
    Cluster cluster = around.cluster();
    for (Member member : members) {
      boolean isNext = member.peerUrls().contains(Cluster.urlOf(cluster.nextNumber()));
      if (cluster.machine(member.id()) == null && isNext) {
        around.probes().hit(member.learner() ? Probe.LEARNER_ADDED : Probe.VOTER_ADDED);
        cluster.start(cluster.join(member.id(), members));
      }
    }
  }

  /// A node that left may stop by itself; if not, somebody switches it off.
  private void retireThoseThatLeft(List<Member> members) {
    long now = around.timeline().nowNanos();
    for (Machine machine : List.copyOf(around.cluster().machines())) {
      boolean present = members.stream().anyMatch(member -> member.id().equals(machine.id()));
      if (present || machine.state() == Machine.State.RETIRED) {
        goneSinceNanos.remove(machine.id());
        continue;
      }
      long since = goneSinceNanos.computeIfAbsent(machine.id(), _ -> now);
      if (machine.state() == Machine.State.DAMAGED) {
        around.probes().hit(Probe.DAMAGED_MEMBER_REPLACED);
        around.cluster().retire(machine);
      } else if (now - since > FAREWELL_NANOS) {
        around.cluster().retire(machine);
      }
    }
  }

  // ------------------------------------------------------------------- members

  private void repair(SimNode informed, List<Member> members) {
    Membership membership = informed.replica().machine().membership();
    Member damaged = damaged(members);
    if (membership.isJoint()) {
      return;
    }
    if (damaged != null) {
      remove(damaged);
    } else if (members.stream().anyMatch(Member::learner)) {
      promote(members, members.stream().filter(Member::learner).findFirst().orElseThrow());
    } else if (members.size() < wanted) {
      add();
    }
  }

  private @Nullable Member damaged(List<Member> members) {
    for (Member member : members) {
      Machine machine = around.cluster().machine(member.id());
      if (machine != null && machine.state() == Machine.State.DAMAGED) {
        return member;
      }
    }
    return null;
  }

  /// Lets a member go, or takes one in. Returns whether now is a time for it.
  boolean change() {
    SimNode informed = informed();
    if (informed == null || isBusy() || isStopped()) {
      return false;
    }
    List<Member> members = informed.replica().machine().members().list();
    boolean allRun =
        members.stream()
            .map(member -> around.cluster().machine(member.id()))
            .allMatch(machine -> machine != null && machine.state() == Machine.State.UP);
    if (!allRun) {
      return false;
    }
    if (members.size() > MEMBERS_MIN && (members.size() >= MEMBERS_MAX || random.nextBoolean())) {
      remove(members.get(random.nextInt(members.size())));
    } else if (members.size() < MEMBERS_MAX) {
      add();
    }
    return true;
  }

  private void add() {
    List<String> urls = List.of(Cluster.urlOf(around.cluster().nextNumber()));
    boolean learner = random.nextInt(3) > 0;
    ask(new MemberRequest.Add(urls, learner), () -> {});
  }

  private void remove(Member member) {
    SimNode leader = around.cluster().leader();
    boolean leads = leader != null && leader.id().equals(member.id());
    ask(
        new MemberRequest.Remove(member.id()),
        () -> around.probes().hit(leads ? Probe.LEADER_REMOVED : Probe.MEMBER_REMOVED));
  }

  private void promote(List<Member> members, Member learner) {
    SimNode leader = around.cluster().leader();
    boolean swaps = members.size() > MEMBERS_MIN && random.nextBoolean();
    if (swaps && leader != null && !leader.life().isPaused()) {
      swap(leader, members, learner);
      return;
    }
    ask(new MemberRequest.Promote(learner.id()), () -> around.probes().hit(Probe.LEARNER_PROMOTED));
  }

  /// A learner takes the place of a voter in one change, which is a joint one. etcd's API has no
  /// such request; the group does.
  private void swap(SimNode leader, List<Member> members, Member learner) {
    List<Member> voters = members.stream().filter(member -> !member.learner()).toList();
    Member leaving = voters.get(random.nextInt(voters.size()));
    List<Member> after =
        members.stream()
            .filter(member -> !member.id().equals(leaving.id()))
            .map(member -> member.id().equals(learner.id()) ? asVoter(member) : member)
            .toList();
    byte[] context = MemberCodec.encode(around.cluster().clusterId(), after).toByteArray();
    List<MemberChange.Step> steps =
        List.of(
            new MemberChange.Step.AddVoter(learner.id()),
            new MemberChange.Step.Remove(leaving.id()));
    busyUntilNanos = around.timeline().nowNanos() + BUSY_NANOS;
    around
        .timeline()
        .after(
            wire.latencyNanos(),
            leader.life(),
            () ->
                leader
                    .replica()
                    .group()
                    .changeMembers(steps, context, leader.clock().nanoTime() + TIMEOUT_NANOS));
  }

  private static Member asVoter(Member member) {
    return new Member(member.id(), member.name(), member.peerUrls(), member.clientUrls(), false);
  }

  private void ask(MemberRequest request, Runnable onDone) {
    SimNode node = machine().responsive();
    if (node == null) {
      turnAway();
      return;
    }
    busyUntilNanos = around.timeline().nowNanos() + BUSY_NANOS;
    around
        .timeline()
        .after(
            wire.latencyNanos(),
            node.life(),
            () ->
                node.doors()
                    .members()
                    .change(request, node.clock().nanoTime() + TIMEOUT_NANOS)
                    .onComplete((_, failure) -> onAnswer(failure == null, onDone)));
  }

  private void onAnswer(boolean done, Runnable onDone) {
    busyUntilNanos = 0;
    if (done) {
      onDone.run();
    } else {
      turnAway();
    }
  }
}
