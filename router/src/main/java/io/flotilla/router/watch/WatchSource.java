package io.flotilla.router.watch;

/// What the hub needs from the node: the history of the root group, whose revision is the newest of
/// the whole cluster that is known here, and what headers say. On the hub's loop only. Live
/// mutations of the root group come in through [WatchHub#onMutation].
public interface WatchSource extends GroupHistory {
  long clusterId();

  long memberId();

  long raftTerm();
}
