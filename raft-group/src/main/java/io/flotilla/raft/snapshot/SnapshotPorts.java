package io.flotilla.raft.snapshot;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.Scheduler;
import io.flotilla.raft.transport.PeerLinks;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// What moving states needs from outside; the simulator replaces all of it.
///
/// @param links whose lane for snapshots carries the parts
/// @param loop of the links and of the groups
/// @param storage runs what may block; one that also writes checkpoints holds those up
/// @param directories of the groups' states; received files are put there
/// @param random for names of transfers, which are never used again
public record SnapshotPorts(
    PeerLinks links,
    Scheduler loop,
    Clock clock,
    Disk disk,
    Executor storage,
    Function<GroupId, Path> directories,
    RandomGenerator random) {}
