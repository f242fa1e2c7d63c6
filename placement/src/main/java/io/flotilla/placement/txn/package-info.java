/// Cross-shard transactions: what concerns several groups happens in one revision or not at all.
///
/// [io.flotilla.placement.txn.TxnCoordinator] runs them at the root group's leader: the shard
/// groups prepare, the root group's log decides, the groups' journals carry the decision out. See
/// docs/design/0009.
@NullMarked
package io.flotilla.placement.txn;

import org.jspecify.annotations.NullMarked;
