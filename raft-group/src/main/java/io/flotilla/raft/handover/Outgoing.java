package io.flotilla.raft.handover;

import io.flotilla.base.KeyRange;

/// A range that is being sent.
///
/// @param compactRevision from which on its history is kept; -1 for all of it
record Outgoing(KeyRange range, long compactRevision) {}
