package io.flotilla.placement.service;

import static io.flotilla.base.Invariants.check;

import com.google.protobuf.Empty;
import com.google.protobuf.Message;
import io.flotilla.base.GroupId;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.proto.command.Acquire;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.GroupRetire;
import io.flotilla.proto.command.Handover;
import io.flotilla.proto.command.HandoverAbandon;
import io.flotilla.proto.command.HandoverBegin;
import io.flotilla.proto.command.HandoverWork;
import io.flotilla.proto.command.JournalItem;
import io.flotilla.proto.command.TxnCommit;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.handover.Intervals;
import io.flotilla.raft.shard.CommandResult;
import java.util.SortedSet;
import org.jspecify.annotations.Nullable;

/// Begins and ends handovers of keys between groups, and with them the groups: what the root group
/// decides about them. What it does to its own keys on the way is [OwnHandovers]. See
/// docs/design/0010.
///
/// Refusals: `WrongShard` is final, because the map or the groups are not what the command takes
/// them for; `Held` may pass.
final class RootHandovers {
  private final RootState state;
  private final OrderFeed feed;

  RootHandovers(RootState state, OrderFeed feed) {
    this.state = state;
    this.feed = feed;
  }

  // ---- beginning

  /// Begins a handover of keys that one group serves, to another that exists or to a new one. The
  /// outcome is the [Handover].
  CommandResult begin(HandoverBegin begin) {
    KeyRange range = Intervals.of(begin.getRange());
    GroupId from = map().onlyGroup(range);
    if (from == null) {
      return rejected(wrongShard());
    }
    return switch (begin.getTargetCase()) {
      case GROUP -> toGroup(begin, from);
      case NEW_GROUP -> toNewGroup(begin, from);
      // Written by a later version: passing over it would let replicas drift apart.
      case TARGET_NOT_SET -> throw new IllegalStateException("a target of an unknown kind");
    };
  }

  private CommandResult toGroup(HandoverBegin begin, GroupId from) {
    int to = begin.getGroup();
    if (to == from.value() || !exists(to)) {
      return rejected(wrongShard());
    }
    if (takesPart(from) || takesPart(new GroupId(to))) {
      return rejected(new Rejection.Held());
    }
    return begun(begin, from, to);
  }

  private boolean exists(int group) {
    return group == GroupId.ROOT.value() || (group > 0 && state.order.has(new GroupId(group)));
  }

  private boolean takesPart(GroupId group) {
    return state.handovers.of(group) != null;
  }

  /// Its founders are the voters of the root group: while these change, none is founded.
  private CommandResult toNewGroup(HandoverBegin begin, GroupId from) {
    Membership voters = state.membership();
    if (takesPart(from) || voters.isJoint() || voters.voters().isEmpty()) {
      return rejected(new Rejection.Held());
    }
    var content =
        GroupRecord.newBuilder()
            .addAllFounders(voters.voters().stream().sorted().map(NodeId::value).toList())
            .setRevision(state.keys.revision())
            .setCompactRevision(Math.max(0, state.keys.compactRevision()));
    int to = state.order.found(content).getGroup();
    feed.groups();
    return begun(begin, from, to);
  }

  private CommandResult begun(HandoverBegin begin, GroupId from, int to) {
    var content =
        Handover.newBuilder()
            .setRange(begin.getRange())
            .setFrom(from.value())
            .setTo(to)
            .setReason(begin.getReason());
    return done(state.handovers.begin(content).toBuilder());
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

  /// Removes a group that serves nothing and is not about to; one that is gone is gone.
  CommandResult retire(GroupRetire retire) {
    if (retire.getGroup() <= 0) {
      return rejected(wrongShard());
    }
    var group = new GroupId(retire.getGroup());
    Rejection refusal = unretirable(group);
    if (refusal != null) {
      return rejected(refusal);
    }
    if (state.order.has(group)) {
      state.order.retire(group);
      state.leaseGroups.forget(group);
      feed.groups();
    }
    return done(Empty.newBuilder());
  }

  private @Nullable Rejection unretirable(GroupId group) {
    if (takesPart(group)) {
      return new Rejection.Held();
    }
    return map().groups().contains(group) ? wrongShard() : null;
  }

  private ShardMap map() {
    return state.map.map();
  }

  private Rejection wrongShard() {
    return new Rejection.WrongShard(map().epoch());
  }

  private static CommandResult rejected(Rejection why) {
    return new CommandResult.Rejected(why);
  }

  private CommandResult done(Message.Builder response) {
    return new CommandResult.Done(response, state.keys.revision());
  }
}
