package io.flotilla.raft.snapshot;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.Scheduler;
import io.flotilla.raft.transport.SnapshotLane;
import java.nio.file.Path;
import java.util.concurrent.Executor;
import java.util.function.Function;
import java.util.random.RandomGenerator;

/// What moving states needs from outside; the simulator replaces all of it.
///
/// @param lane carries the parts and their progress
/// @param loop of the lane and of the groups
/// @param storage runs what may block; one that also writes checkpoints holds those up
/// @param directories of the groups' states; received files are put there
/// @param random for names of transfers, which are never used again
public record SnapshotPorts(
    SnapshotLane lane,
    Scheduler loop,
    Clock clock,
    Disk disk,
    Executor storage,
    Function<GroupId, Path> directories,
    RandomGenerator random) {}
