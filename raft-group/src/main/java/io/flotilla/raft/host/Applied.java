package io.flotilla.raft.host;

import io.flotilla.raft.shard.CommandResult;

/// What a command was answered with, and where it stands in the log.
///
/// @param index the command's entry: a replica that has applied it shows the command's effect
public record Applied(CommandResult result, long index) {}
