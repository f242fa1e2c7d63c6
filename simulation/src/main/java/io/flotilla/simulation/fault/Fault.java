package io.flotilla.simulation.fault;

/// Kinds of faults. Each run draws which of them there are and how often they strike.
public enum Fault {
  /// A machine loses power: what was not forced may be gone.
  POWER_LOSS,
  /// A machine loses power in the middle of what it writes next.
  POWER_LOSS_IN_WRITE,
  /// A machine loses power again while it starts.
  POWER_LOSS_IN_START,
  /// All machines lose power at once.
  BLACKOUT,
  /// A process is killed.
  KILL,
  /// A process is told to stop, and started again.
  RESTART,
  /// A process gets no time for a while.
  PAUSE,
  /// A node is cut off from all others.
  ISOLATION,
  /// The cluster falls into two parts.
  SPLIT,
  /// A node is not heard, or does not hear.
  ONE_WAY,
  /// Two nodes do not reach each other; both reach the rest.
  LOST_PATH,
  /// A node is reached slowly.
  SLOW_PATH,
  /// Connections break, frames come late.
  ROUGH_NETWORK,
  /// A disk takes long for everything.
  SLOW_DISK,
  /// A disk has no room left for a while.
  FULL_DISK,
  /// A force fails.
  FAILED_FORCE,
  /// A bit of a file changes while its node is down.
  FLIPPED_BIT,
  /// Somebody sets a clock.
  CLOCK_JUMP,
  /// Leadership is moved.
  TRANSFER,
  /// Members come and go.
  MEMBERS,
  /// Leadership of a group that is not the root group is moved.
  SHARD_TRANSFER,
  /// A part of a shard goes to a new group.
  SHARD_SPLIT,
  /// A shard goes to the group of its lower neighbour.
  SHARD_MERGE,
  /// The shards of the root group go to new groups.
  SHARD_DETACH,
  /// A handover of keys is given up.
  HANDOVER_CANCEL,
  /// A replica of a group is moved to another node.
  SHARD_PLACE
}
