package io.flotilla.raft.handover;

import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.HandoverProgress;

/// A range that is being received.
record Incoming(KeyRange range, HandoverProgress progress) {}
