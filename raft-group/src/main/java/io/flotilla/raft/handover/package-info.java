/// A group's own side of handovers: which ranges it is sending and receiving, how far the received
/// history is, and what is left over to be erased (docs/design/0010).
///
/// Pure, replicated with the group's keys, and idempotent under the numbers of handovers: commands
/// that come late or twice change nothing.
@NullMarked
package io.flotilla.raft.handover;

import org.jspecify.annotations.NullMarked;
