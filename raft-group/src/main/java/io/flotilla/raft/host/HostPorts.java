package io.flotilla.raft.host;

import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import java.util.concurrent.Executor;
import java.util.function.Consumer;

/// What a host needs from outside; the simulator replaces all of it.
///
/// @param loop owns the host and its groups
/// @param callers says on which loop callers are
/// @param clock for deadlines, ticks and timers
/// @param storage runs checkpoint writing, off the loop
/// @param peers the other replicas
/// @param metrics shared by all hosts of the node
/// @param halt called on the loop, once, with what must not have happened; stops the process
public record HostPorts(
    Scheduler loop,
    Callers callers,
    Clock clock,
    Executor storage,
    Peers peers,
    HostMetrics metrics,
    Consumer<Throwable> halt) {}
