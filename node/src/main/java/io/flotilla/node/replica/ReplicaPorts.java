package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.Scheduler;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/// What a replica needs from outside; the simulator replaces all of it.
///
/// @param loop owns the replica; that of the host it is opened on
/// @param walThreads write the groups' logs, each one task at a time; groups may share one
/// @param snapshots runs what may block while states are moved; one that also writes checkpoints
///     holds those up
/// @param random for election timeouts, jitter of timers and names that are never used again; on
///     the loop
/// @param freeBytes of the file system, as last measured
/// @param meters what is counted on the way
/// @param halt stops the node, which cannot trust its log any more
public record ReplicaPorts(
    Disk disk,
    Clock clock,
    Scheduler loop,
    Function<GroupId, Executor> walThreads,
    Executor snapshots,
    RandomGenerator random,
    LongSupplier freeBytes,
    ReplicaMeters meters,
    Consumer<Throwable> halt) {}
