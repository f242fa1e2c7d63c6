package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
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
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Sees to it, where a shard group is led here, that the members of the cluster take part in the
/// group as they do in the root group: a new member learns first and votes when it has caught up,
/// one that left is let go. One change at a time. Owned by the loop.
///
/// What the root group's replica here knows may be old; so a difference has to last.
final class GroupMembers {
  static final long LOOK_MILLIS = 200;

  private static final long CHANGE_NANOS = 5_000_000_000L;

  /// A learner has caught up when it holds this part of the leader's log, in percent, as a member
  /// of the root group has.
  private static final int IN_SYNC_PERCENT = 90;

  private static final Logger LOG = LoggerFactory.getLogger(GroupMembers.class);

  private final Supplier<Membership> root;
  private final Clock clock;
  private final Scheduler loop;
  private final Map<Group, Membership> wanted = new TreeMap<>(GroupMembers::byId);
  private final Set<GroupId> watched = new HashSet<>();
  private boolean stopped;

  /// @param root the root group's membership as applied here
  GroupMembers(Supplier<Membership> root, Clock clock, Scheduler loop) {
    this.root = root;
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

  /// The group is over.
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
    Membership want = root.get();
    boolean lasts = want.equals(wanted.put(group, want));
    boolean differs = differs(status.membership(), want);
    boolean may = status.isLeader() && status.ready() && !status.membership().isJoint();
    if (!lasts || !differs || !may || want.isJoint() || want.voters().isEmpty()) {
      later(group);
      return;
    }
    group
        .progress()
        .onComplete(
            (progress, failure) -> {
              Optional<Step> step =
                  failure == null ? next(status.membership(), want, progress) : Optional.empty();
              step.ifPresentOrElse(next -> change(group, next), () -> later(group));
            });
  }

  private static boolean differs(Membership have, Membership want) {
    return !have.voters().equals(want.voters()) || !have.learners().equals(want.learners());
  }

  /// What comes next on the way from one membership to another; nothing while learners have to
  /// catch up.
  ///
  /// @param progress of the members, the leader's own included
  static Optional<Step> next(Membership have, Membership want, List<MemberProgress> progress) {
    Stream<Step> added =
        want.members().stream()
            .filter(node -> !have.members().contains(node))
            .map(Step.AddLearner::new);
    Stream<Step> gone =
        have.members().stream()
            .filter(node -> !want.members().contains(node))
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
}
