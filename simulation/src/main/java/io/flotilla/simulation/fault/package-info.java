/// What goes wrong in a simulated cluster, drawn anew for each seed, and how it ends.
@NullMarked
package io.flotilla.simulation.fault;

import org.jspecify.annotations.NullMarked;
