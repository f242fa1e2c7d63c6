package io.flotilla.raft.host;

import io.flotilla.base.NodeId;
import io.flotilla.raft.core.Membership;
import org.jspecify.annotations.Nullable;

/// Notices that a replica was removed from its group, and waits before it says so: those who stay
/// may have to ask it what is committed, its own removal above all, until each of them has had time
/// to miss its leader and ask.
final class Departure {
  private final NodeId self;
  private final int lingerTicks;
  private boolean member;
  private volatile boolean gone;
  private int waited;
  private @Nullable Runnable listener;

  /// @param now the membership as of the start. One that does not contain this replica says
  ///     nothing: it may not have replayed yet what lets it in
  Departure(NodeId self, int electionTicks, Membership now) {
    this.self = self;
    this.lingerTicks = 3 * electionTicks;
    this.member = now.members().contains(self);
  }

  void listen(Runnable newListener) {
    listener = newListener;
  }

  /// A membership took effect.
  void onMembership(Membership membership) {
    boolean before = member;
    member = membership.members().contains(self);
    gone = before && !member || gone && !member;
  }

  /// Whether the replica was removed: it will not see what becomes of the log. Any thread.
  boolean isGone() {
    return gone;
  }

  void tick() {
    if (gone && ++waited == lingerTicks && listener != null) {
      listener.run();
    }
  }
}
