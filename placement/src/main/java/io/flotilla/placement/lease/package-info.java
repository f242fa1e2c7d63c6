/// Leases on logical time: which exist, for how long, and which have run out.
///
/// Pure: time arrives as an argument, the durable side is the port
/// [io.flotilla.placement.lease.LeaseStore], and nothing here proposes, waits or logs.
@NullMarked
package io.flotilla.placement.lease;

import org.jspecify.annotations.NullMarked;
