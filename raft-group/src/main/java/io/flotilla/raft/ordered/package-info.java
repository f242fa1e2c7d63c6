/// The state machine of a shard group: commands are executed when they commit and ordered by the
/// journal that the root group keeps for the group (docs/design/0009).
///
/// Everything here belongs to one event loop. What the journal says arrives from the root replica
/// on the same node and through the group's own log; each item is processed once, in number order.
@NullMarked
package io.flotilla.raft.ordered;

import org.jspecify.annotations.NullMarked;
