/// One order over the writes of many groups: what the root group keeps of it as replicated state,
/// and what each node does so that cuts are made and journals reach the replicas beside it.
///
/// [io.flotilla.placement.order.RootOrder] is the state. The rest are thin drivers on the loop that
/// all replicas of a node share; they look at the state, decide by what they see and hand commands
/// on. See docs/design/0009.
@NullMarked
package io.flotilla.placement.order;

import org.jspecify.annotations.NullMarked;
