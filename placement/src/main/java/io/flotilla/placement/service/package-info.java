/// The root group's state machine: keys, leases, alarms, members and the shard map as one
/// replicated state with one checkpoint.
@NullMarked
package io.flotilla.placement.service;

import org.jspecify.annotations.NullMarked;
