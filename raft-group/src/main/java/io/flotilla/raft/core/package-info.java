/// Raft as a deterministic state machine: messages, ticks and proposals in, a
/// [io.flotilla.raft.core.Ready] out. Nothing here reaches a clock, a thread, a random source of
/// its own, a logger or I/O, so a seed and a schedule of messages replay a run exactly.
@NullMarked
package io.flotilla.raft.core;

import org.jspecify.annotations.NullMarked;
