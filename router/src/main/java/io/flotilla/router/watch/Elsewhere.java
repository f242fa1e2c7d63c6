package io.flotilla.router.watch;

import io.flotilla.base.GroupId;
import io.flotilla.raft.shard.MutationListener;
import io.flotilla.raft.shard.OwnKeys;

/// Groups that have no replica on this node, as replicas on other nodes tell of them. On the hub's
/// loop.
@FunctionalInterface
public interface Elsewhere {
  /// Follows a group until it is stopped, whatever happens to other nodes meanwhile.
  ///
  /// @param keys of the group, as the map of the hub gives them; it is told of as it is with these
  ///     keys and no others
  /// @param follower is told in later turns only
  Following follow(GroupId group, OwnKeys keys, Follower follower);

  /// The history of a group that is followed. Complete to 0 until it has begun, and without history
  /// until then. Its revision does not go back. Reads of it may wait
  /// ([io.flotilla.raft.shard.QueryRun#awaits]).
  interface Following extends GroupHistory {
    /// Nobody is told any more, and reads that are under way do not end.
    void stop();
  }

  /// Who is told of a group's mutations. When some were left out,
  /// [MutationListener#onReplaced] says so: they are in the history.
  interface Follower extends MutationListener {
    /// The history is there, and mutations behind its revision are told. Once, before anything
    /// else.
    void onBegun();
  }
}
