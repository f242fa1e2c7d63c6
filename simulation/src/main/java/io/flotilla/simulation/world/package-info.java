/// A cluster of production code on one thread, with simulated time, network and disks.
@NullMarked
package io.flotilla.simulation.world;

import org.jspecify.annotations.NullMarked;
