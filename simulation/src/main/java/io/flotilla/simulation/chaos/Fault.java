package io.flotilla.simulation.chaos;

/// What may happen to a cluster.
public enum Fault {
  /// Nothing, for comparison.
  NONE,
  /// kill -9 of one node.
  KILL,
  /// kill -9 of the leader.
  KILL_LEADER,
  /// kill -9 of all nodes at once.
  KILL_ALL,
  /// SIGSTOP of one node, SIGCONT later.
  PAUSE,
  /// The same with the leader.
  PAUSE_LEADER,
  /// One node is cut off from all others.
  ISOLATE,
  /// The leader is cut off from all others.
  ISOLATE_LEADER,
  /// Two nodes do not reach each other, and both reach the others.
  BRIDGE,
  /// What one node sends is lost, and it receives.
  MUTE,
  /// What is sent to one node is lost, and it sends.
  DEAFEN,
  /// One link is slow.
  SLOW_LINK,
  /// All connections between two nodes end.
  RESET,
  /// SIGTERM and start, one node after the other.
  ROLLING_RESTART,
  /// A node loses its data, leaves the cluster and joins it anew.
  REPLACE,
  /// A node's disk is full for a while.
  DISK_FULL
}
