package io.flotilla.raft.shard;

/// What applying a command gives: its result, or one that follows when its revision is known.
public sealed interface CommandOutcome permits CommandResult, LateResult {}
