/// What the root group's replica does on its own: ends leases that ran out, checkpoints long ones,
/// watches the space, compacts by schedule.
///
/// Thin drivers on the group's loop. They look at the state, decide by its pure parts and propose
/// commands; what the commands do is decided where they are applied. Each has a bound on what it
/// has in flight, and none acts for a leadership that ended.
@NullMarked
package io.flotilla.placement.duty;

import org.jspecify.annotations.NullMarked;
