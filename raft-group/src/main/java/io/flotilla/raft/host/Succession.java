package io.flotilla.raft.host;

import io.flotilla.base.NodeId;
import io.flotilla.raft.core.MemberProgress;
import io.flotilla.raft.core.Membership;
import io.flotilla.raft.core.RaftCore;
import io.flotilla.raft.core.RaftStatus;
import io.flotilla.raft.core.Role;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.random.RandomGenerator;

/// Who leads next: to whom a leader that stops hands over, and when a follower stands that was told
/// that the connection to its leader broke.
final class Succession {
  /// Followers that lost one leader stand this part of an election timeout after one another, so
  /// that the first is elected before the second asks.
  private static final int SPACINGS_PER_ELECTION = 25;

  private static final long NANOS_PER_MILLI = 1_000_000;

  private final NodeId self;
  private final RaftCore core;
  private final RandomGenerator random;
  private final long electionNanos;
  private final Set<NodeId> tried = new HashSet<>();
  private long triedNanos;
  // whether this replica led when it was told to stop, and nobody does in its place yet
  private boolean stillNeeded;
  private long neededNanos;

  Succession(NodeId self, RaftCore core, RandomGenerator random, long electionMillis) {
    this.self = self;
    this.core = core;
    this.random = random;
    this.electionNanos = electionMillis * NANOS_PER_MILLI;
  }

  /// How long this replica waits before it stands in place of `lost`: less than an eighth of an
  /// election timeout for five voters. The order is that of the ids; chance parts those who were
  /// told at different moments.
  long seekDelayMillis(NodeId lost) {
    List<NodeId> heirs = new ArrayList<>(core.status().membership().voters());
    heirs.remove(lost);
    long spacing = Math.max(2, electionNanos / NANOS_PER_MILLI / SPACINGS_PER_ELECTION);
    return Math.max(0, heirs.indexOf(self)) * spacing + random.nextLong(spacing / 4 + 1);
  }

  /// Hands over to the fittest voter, and to the next one when the last did not take over for a
  /// quarter of an election timeout. Returns whether this replica is done with leading: it did not,
  /// another one does now, or nobody was there to take over for an election timeout.
  boolean handOver(long nowNanos) {
    RaftStatus now = core.status();
    if (now.role() == Role.LEADER && !now.membership().isOnlyVoter(self)) {
      if (!stillNeeded || somebodyIsThere(now.membership())) {
        stillNeeded = true;
        neededNanos = nowNanos;
      }
      handOverToNext(now.membership(), nowNanos);
    } else if (!now.leader().equals(NodeId.NONE)) {
      stillNeeded = false;
    }
    return !stillNeeded || nowNanos - neededNanos >= electionNanos;
  }

  private boolean somebodyIsThere(Membership membership) {
    Set<NodeId> others = others(membership);
    return core.progress().stream()
        .anyMatch(member -> member.active() && others.contains(member.id()));
  }

  private void handOverToNext(Membership membership, long nowNanos) {
    boolean waiting = !core.transferTarget().equals(NodeId.NONE);
    if (!waiting || nowNanos - triedNanos >= electionNanos / 4) {
      triedNanos = nowNanos;
      fittest(membership).ifPresent(this::tryOn);
    }
  }

  private void tryOn(NodeId heir) {
    tried.add(heir);
    core.transferTo(heir);
  }

  private Optional<NodeId> fittest(Membership membership) {
    Set<NodeId> others = others(membership);
    if (tried.containsAll(others)) {
      tried.clear();
    }
    return core.progress().stream()
        .filter(member -> others.contains(member.id()) && !tried.contains(member.id()))
        .min(MemberProgress.BY_FITNESS)
        .map(MemberProgress::id);
  }

  private Set<NodeId> others(Membership membership) {
    var others = new HashSet<>(membership.voters());
    others.remove(self);
    return others;
  }
}
