package io.flotilla.placement.service;

import static io.flotilla.base.Invariants.check;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.order.Placements;
import io.flotilla.proto.command.Acquire;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.GroupRetire;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.HandoverAbandon;
import io.flotilla.proto.command.HandoverBegin;
import io.flotilla.proto.command.HandoverWork;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.TxnCommit;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.shard.CommandResult;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/// Begins and ends handovers of keys between groups, and with them the groups: what the root group
/// decides about them. What it does to its own keys on the way is [OwnHandovers]. See
/// docs/design/0010.
///
/// A command is executed only if there is no [#refusal] of it. Of those, `WrongShard` is final,
/// because the map or the groups are not what the command takes them for; `Held` may pass.
final class RootHandovers {
  private final RootState state;
  private final OrderFeed feed;

  RootHandovers(RootState state, OrderFeed feed) {
    this.state = state;
    this.feed = feed;
  }

  /// Why a command of this kind is not executed; null if it is, and for every other kind. Nothing
  /// is remembered of the refusal.
  @Nullable Rejection refusal(Command command) {
    return switch (command.getBodyCase()) {
      case HANDOVER_BEGIN -> refusal(command.getHandoverBegin());
      case GROUP_RETIRE -> refusal(command.getGroupRetire());
      default -> null;
    };
  }

  // ---- beginning

  private @Nullable Rejection refusal(HandoverBegin begin) {
    GroupId from = map().onlyGroup(Intervals.of(begin.getRange()));
    boolean fits = from != null && (!begin.hasGroup() || isOther(begin.getGroup(), from));
    if (!fits) {
      return wrongShard();
    }
    boolean busy = begin.hasGroup() ? takesPart(new GroupId(begin.getGroup())) : votersChange();
    return busy || takesPart(from) ? new Rejection.Held() : null;
  }

  /// Whether a group exists, and is not `from`.
  private boolean isOther(int group, GroupId from) {
    return group != from.value() && exists(group);
  }

  /// They are the founders of a new group.
  private boolean votersChange() {
    return state.membership().isJoint() || state.membership().voters().isEmpty();
  }

  /// Begins a handover of keys that one group serves, to another that exists or to a new one. The
  /// outcome is the [Handover].
  CommandResult begin(HandoverBegin begin) {
    GroupId from = map().onlyGroup(Intervals.of(begin.getRange()));
    check(from != null, "a handover has a source");
    int to =
        switch (begin.getTargetCase()) {
          case GROUP -> begin.getGroup();
          case NEW_GROUP -> found(from, begin.getReplicas());
          // Written by a later version: passing over it would let replicas drift apart.
          case TARGET_NOT_SET -> throw new IllegalStateException("a target of an unknown kind");
        };
    var content =
        Handover.newBuilder()
            .setRange(begin.getRange())
            .setFrom(from.value())
            .setTo(to)
            .setReason(begin.getReason());
    return done(state.handovers.begin(content).toBuilder());
  }

  private boolean exists(int group) {
    return group == GroupId.ROOT.value() || (group > 0 && state.order.has(new GroupId(group)));
  }

  private boolean takesPart(GroupId group) {
    return state.handovers.of(group) != null;
  }

  /// A group without keys, from here on in the order.
  ///
  /// @param replicas on how many nodes; 0 for every member
  private int found(GroupId from, int replicas) {
    List<NodeId> nodes = place(from, replicas);
    var founders = nodes.isEmpty() ? state.membership().voters() : nodes;
    List<Long> ids = nodes.stream().map(NodeId::value).toList();
    var content =
        GroupRecord.newBuilder()
            .addAllFounders(founders.stream().sorted().map(NodeId::value).toList())
            .addAllNodes(ids)
            .addAllHolders(ids)
            .setRevision(state.keys.revision())
            .setCompactRevision(Math.max(0, state.keys.compactRevision()));
    feed.groups();
    return state.order.found(content).getGroup();
  }

  private List<NodeId> place(GroupId from, int replicas) {
    Set<NodeId> voters = state.membership().voters();
    GroupRecord source = state.order.record(from);
    return Placements.choose(
        replicas,
        voters,
        new Placements.Load(state.order.groups(), voters, state.drained.list()),
        source == null ? voters : Placements.holders(source, voters));
  }

  // ---- ending

  /// Ends a handover that is not committed; one that ended is as it is.
  CommandResult abandon(HandoverAbandon abandon) {
    Handover handover = state.handovers.find(abandon.getNumber());
    if (handover != null) {
      state.handovers.end(handover.getNumber());
      if (handover.getFrom() == GroupId.ROOT.value() || handover.getTo() == GroupId.ROOT.value()) {
        state.keys.handovers().cancel(handover.getNumber());
      }
    }
    return done(Empty.newBuilder());
  }

  /// Whether a handover may be committed: it is the one that was begun, its source answered, and
  /// the root group has done its own part. Whether another target has all of the range, it waits
  /// for itself.
  ///
  /// @param answered the groups that are prepared, and the root group
  boolean mayCommit(TxnCommit commit, SortedSet<GroupId> answered) {
    HandoverWork work = commit.getWork().getHandover();
    Handover begun = state.handovers.find(work.getNumber());
    if (begun == null || !begun.equals(asBegun(work, begun.getReason()))) {
      return false;
    }
    long completeTo = commit.getCompleteTo();
    if (completeTo < 1 || completeTo > state.keys.revision()) {
      return false;
    }
    return answered.contains(new GroupId(begun.getFrom())) && hasDoneOwnPart(begun, completeTo);
  }

  private boolean hasDoneOwnPart(Handover begun, long completeTo) {
    if (begun.getFrom() == GroupId.ROOT.value()) {
      return state.keys.handovers().isSending(begun.getNumber());
    }
    return begun.getTo() != GroupId.ROOT.value()
        || state.keys.handovers().isComplete(begun.getNumber(), completeTo);
  }

  private static Handover asBegun(HandoverWork work, String reason) {
    return Handover.newBuilder()
        .setNumber(work.getNumber())
        .setRange(work.getRange())
        .setFrom(work.getFrom())
        .setTo(work.getTo())
        .setReason(reason)
        .build();
  }

  /// The range changes hands, in the map of the next epoch. It takes no revision: both groups hear
  /// of it at the place in their journals that belongs to the newest one.
  ///
  /// @param commit one that [#mayCommit]
  void commit(TxnCommit commit) {
    HandoverWork work = commit.getWork().getHandover();
    KeyRange range = Intervals.of(work.getRange());
    var from = new GroupId(work.getFrom());
    var to = new GroupId(work.getTo());
    check(from.equals(map().onlyGroup(range)), "a range stays where it is while it is handed over");
    registerLeases(range, from, to);
    state.handovers.end(work.getNumber());
    state.serve(map().handOver(range, to));
    leave(commit, from, range);
    enter(commit, to);
    feed.map(map());
  }

  /// Leases that may have keys in the range: those of the source, or of the root group's keys.
  private void registerLeases(KeyRange range, GroupId from, GroupId to) {
    if (to.equals(GroupId.ROOT)) {
      return; // takes part in every revocation
    }
    if (from.equals(GroupId.ROOT)) {
      state.keys.leasesIn(range).forEach(lease -> state.leaseGroups.attach(lease, to));
    } else {
      state.leaseGroups.attachAllOf(from, to);
    }
  }

  private void leave(TxnCommit commit, GroupId from, KeyRange range) {
    if (from.equals(GroupId.ROOT)) {
      state.keys.handovers().release(commit.getWork().getHandover().getNumber(), range);
    } else {
      var content = JournalItem.Commit.newBuilder().setId(commit.getId());
      tell(from, JournalItem.newBuilder().setCommit(content));
    }
  }

  private void enter(TxnCommit commit, GroupId to) {
    HandoverWork work = commit.getWork().getHandover();
    if (to.equals(GroupId.ROOT)) {
      // the root group takes part in the revocation of every lease
      state.keys.handovers().acquire(work.getNumber());
      return;
    }
    var content =
        Acquire.newBuilder()
            .setNumber(work.getNumber())
            .setRange(work.getRange())
            .setCompleteTo(commit.getCompleteTo());
    tell(to, JournalItem.newBuilder().setAcquire(content));
  }

  private void tell(GroupId group, JournalItem.Builder content) {
    feed.item(group, state.order.add(group, content, state.keys.revision()));
  }

  private @Nullable Rejection refusal(GroupRetire retire) {
    if (retire.getGroup() <= 0) {
      return wrongShard();
    }
    var group = new GroupId(retire.getGroup());
    if (takesPart(group)) {
      return new Rejection.Held();
    }
    return map().groups().contains(group) ? wrongShard() : null;
  }

  /// Removes a group that serves nothing and is not about to; one that is gone is gone.
  CommandResult retire(GroupRetire retire) {
    var group = new GroupId(retire.getGroup());
    if (state.order.has(group)) {
      state.order.retire(group);
      state.leaseGroups.forget(group);
      feed.groups();
    }
    return done(Empty.newBuilder());
  }

  private ShardMap map() {
    return state.map.map();
  }

  private Rejection wrongShard() {
    return new Rejection.WrongShard(map().epoch());
  }

  private CommandResult done(Message.Builder response) {
    return new CommandResult.Done(response, state.keys.revision());
  }
}
