package io.flotilla.raft.ordered;

import io.flotilla.base.Key;

/// A put that attaches a key to a lease.
///
/// @param lease never 0
public record LeasedKey(long lease, Key key) {}
