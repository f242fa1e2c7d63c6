package io.flotilla.raft.shard;

/// A read of a group's state. What it reads is fixed by its class; each state machine knows its
/// own.
///
/// @param <T> what it is answered with
public interface Query<T> {}
