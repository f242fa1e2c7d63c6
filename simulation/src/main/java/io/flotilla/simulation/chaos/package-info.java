/// Node processes on this machine under faults, with clients that record what they see.
@NullMarked
package io.flotilla.simulation.chaos;

import org.jspecify.annotations.NullMarked;
