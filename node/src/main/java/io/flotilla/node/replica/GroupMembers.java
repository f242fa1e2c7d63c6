package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.order.Placements;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.raft.core.MemberChange.Step;
import io.flotilla.raft.core.MemberProgress;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.host.Group;
import io.flotilla.raft.host.GroupStatus;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sees to it, where a shard group is led here, that the nodes take part in the group that its
/// record names, or all members of the cluster as they do in the root group: a new one learns first
/// and votes when it has caught up, one that left is let go. One change at a time. Owned by the
/// loop.
///
/// What the root group's replica here knows may be old; so a difference has to last, and before
/// each change it is asked what is newest, in the term of the change.
///
/*
 * When the members are those of the record, the root group is told so: others may remove their
 * replicas then (docs/design/0012). That must stay true. So the leader knows the record first,
 * then puts a change that changes nothing into the log: when that is applied, the members are
 * known for certain, and whoever leads in a later term, and asks what is newest then, hears of
 * this record or a later one.
 */
final class GroupMembers {
  static final long LOOK_MILLIS = 200;

  private static final long CHANGE_NANOS = 5_000_000_000L;

  /// A learner has caught up when it holds this part of the leader's log, in percent, as a member
  /// of the root group has.
  private static final int IN_SYNC_PERCENT = 90;

  private static final Logger LOG = LoggerFactory.getLogger(GroupMembers.class);

  private final NodeId self;
  private final GroupPlacement placement;
  private final Clock clock;
  private final Scheduler loop;
  private final Map<Group, Wanted> wanted = new TreeMap<>(GroupMembers::byId);
  private final Set<GroupId> watched = new HashSet<>();
  private boolean stopped;

  /// What a group's members are to be.
  ///
  /// @param cluster all members of the cluster
  private record Wanted(GroupRecord record, Membership members, Membership cluster) {
    boolean isSound() {
      return !cluster.isJoint() && !members.voters().isEmpty();
    }

    /// What the root group knows is more than what there is.
    boolean mayBeSettled() {
      return Placements.isMoving(record);
    }
  }

  GroupMembers(NodeId self, GroupPlacement placement, Clock clock, Scheduler loop) {
    this.self = self;
    this.placement = placement;
    this.clock = clock;
    this.loop = loop;
  }

  private static int byId(Group one, Group other) {
    return one.id().compareTo(other.id());
  }

  /// Looks after the group from now on.
  void add(Group group) {
    watched.add(group.id());
    later(group);
  }

  /// The replica here is about to go.
  void remove(Group group) {
    watched.remove(group.id());
    wanted.remove(group);
  }

  void stop() {
    stopped = true;
  }

  private void later(Group group) {
    loop.after(LOOK_MILLIS, () -> look(group));
  }

  private void look(Group group) {
    if (stopped || !watched.contains(group.id())) {
      return;
    }
    GroupStatus status = group.status();
    Wanted want = wanted(group);
    boolean lasts = want != null && want.equals(wanted.put(group, want));
    boolean may = status.isLeader() && status.ready() && !status.membership().isJoint();
    if (!lasts || !may || !want.isSound()) {
      if (lasts && !status.isLeader() && hasWork(status, want)) {
        group.wake(); // nobody would notice in a quiet group that its leader has gone
      }
      later(group);
    } else if (differs(status.membership(), want.members())) {
      placement.newest().onComplete(_ -> approach(group, status.term()), _ -> later(group));
    } else if (want.mayBeSettled()) {
      settle(group, want);
    } else {
      later(group);
    }
  }

  private static boolean hasWork(GroupStatus status, Wanted want) {
    return want.mayBeSettled() || differs(status.membership(), want.members());
  }

  private @Nullable Wanted wanted(Group group) {
    GroupRecord record = placement.record(group.id());
    Membership cluster = placement.members();
    if (record == null) {
      wanted.remove(group);
      return null;
    }
    Membership members =
        Placements.isEverywhere(record)
            ? cluster
            : Membership.ofVoters(Placements.wanted(record, cluster.members()));
    return new Wanted(record, members, cluster);
  }

  private static boolean differs(Membership have, Membership want) {
    return !have.voters().equals(want.voters()) || !have.learners().equals(want.learners());
  }

  // ---- changing

  /// @param term in which what is known here was the newest
  private void approach(Group group, long term) {
    GroupStatus status = group.status();
    Wanted want = wanted(group);
    boolean may = status.isLeader() && status.term() == term && !status.membership().isJoint();
    if (stopped || want == null || !may || !want.isSound()) {
      later(group);
      return;
    }
    group
        .progress()
        .onComplete(
            progress -> step(group, status.membership(), want, progress), _ -> later(group));
  }

  private void step(Group group, Membership have, Wanted want, List<MemberProgress> progress) {
    Optional<Step> next = next(have, want.members(), want.cluster(), progress);
    if (next.isEmpty()) {
      later(group);
    } else if (next.get().equals(new Step.Remove(self))
        && want.cluster().members().contains(self)) {
      handOver(group, want.members(), progress);
    } else {
      change(group, next.get());
    }
  }

  /// What comes next on the way from one membership to another; nothing while learners have to
  /// catch up. Who is a member of the cluster still is let go only when all that shall vote do: no
  /// quorum is smaller than before.
  ///
  /// @param progress of the members, the leader's own included
  static Optional<Step> next(
      Membership have, Membership want, Membership cluster, List<MemberProgress> progress) {
    Stream<Step> added =
        want.members().stream()
            .filter(node -> !have.members().contains(node))
            .map(Step.AddLearner::new);
    boolean allVote = have.voters().containsAll(want.voters());
    Stream<Step> gone =
        have.members().stream()
            .filter(node -> !want.members().contains(node))
            .filter(node -> allVote || have.isLearner(node) || !cluster.members().contains(node))
            .map(Step.Remove::new);
    Stream<Step> promoted =
        want.voters().stream()
            .filter(node -> have.isLearner(node) && isInSync(node, progress))
            .map(Step.AddVoter::new);
    Stream<Step> demoted =
        want.learners().stream()
            .filter(node -> have.voters().contains(node))
            .map(Step.AddLearner::new);
    return Stream.of(added, promoted, demoted, gone).flatMap(steps -> steps).findFirst();
  }

  private static boolean isInSync(NodeId learner, List<MemberProgress> progress) {
    long longest = progress.stream().mapToLong(MemberProgress::matchIndex).max().orElse(0);
    return progress.stream()
        .anyMatch(
            one ->
                one.id().equals(learner)
                    && one.active()
                    && one.matchIndex() * 100 >= longest * IN_SYNC_PERCENT);
  }

  /// The next leader lets this one go.
  private void handOver(Group group, Membership want, List<MemberProgress> progress) {
    progress.stream()
        .filter(one -> !one.id().equals(self) && want.voters().contains(one.id()))
        .min(MemberProgress.BY_FITNESS)
        .ifPresent(heir -> group.transferTo(heir.id()));
    later(group);
  }

  private void change(Group group, Step step) {
    group
        .changeMembers(List.of(step), new byte[0], clock.nanoTime() + CHANGE_NANOS)
        .onComplete(
            (membership, failure) -> {
              if (failure == null) {
                LOG.atInfo()
                    .addKeyValue("event", "group-members")
                    .addKeyValue("group", group.id())
                    .log("{}", membership);
              }
              later(group);
            });
  }

  // ---- settling

  private void settle(Group group, Wanted want) {
    group
        .changeMembers(List.of(), new byte[0], clock.nanoTime() + CHANGE_NANOS)
        .onComplete(
            membership -> {
              if (stopped || differs(membership, want.members()) || membership.isJoint()) {
                later(group);
              } else {
                placement.settle(want.record()).onComplete(_ -> later(group));
              }
            },
            _ -> later(group));
  }
}
