/// What the state machines of groups of all kinds share: one tree file with the whole state, which
/// is frozen for checkpoints, sent to other replicas, and replaced by one that was received.
@NullMarked
package io.flotilla.raft.state;

import org.jspecify.annotations.NullMarked;
