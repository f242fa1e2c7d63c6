/// What would be better about the shards, and doing it: figures of the cluster become an ordered
/// list of steps, each with its reason, and a thin driver at the root group's leader takes those
/// that may begin.
///
/// [Planner] is pure: it knows no clock, thread or message. A step is a wish like an operator's; it
/// goes through the same checks, so a plan that is out of date does no harm.
@NullMarked
package io.flotilla.placement.plan;

import org.jspecify.annotations.NullMarked;
