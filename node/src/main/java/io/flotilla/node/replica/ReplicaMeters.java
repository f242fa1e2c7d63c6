package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.placement.duty.Proposer;
import io.flotilla.placement.service.RootMachine;
import io.flotilla.raft.host.StateMachine;
import io.flotilla.raft.ordered.ShardGroupMachine;
import io.micrometer.core.instrument.MeterRegistry;

/// What is measured of a replica. The methods here measure nothing.
public interface ReplicaMeters {
  /// Where the parts register their own.
  MeterRegistry meters();

  /// The machine as it is to be run.
  default StateMachine measured(RootMachine machine) {
    return machine;
  }

  /// A shard group's machine as it is to be run.
  default StateMachine measured(GroupId group, ShardGroupMachine machine) {
    return machine;
  }

  /// A shard group is no more: what was registered for it goes.
  default void forget(GroupId group) {}

  /// Reads of a group's keys that began here since the start; on the loop.
  default long reads(GroupId group) {
    return 0;
  }

  /// How long the loop was busy with a group's entries and reads since the start; on the loop.
  default long busyNanos(GroupId group) {
    return 0;
  }

  /// The proposer as the expiry of leases is to use it.
  default Proposer countingExpiry(Proposer proposer) {
    return proposer;
  }

  /// The log was written and forced; on its writer's thread.
  default void logSynced(long nanos) {}

  /// Meters of the parts and nothing else.
  static ReplicaMeters in(MeterRegistry registry) {
    return () -> registry;
  }
}
