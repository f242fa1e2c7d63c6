/// Wrong behaviours, planted at the ports of simulated nodes to see that the rules notice them.
@NullMarked
package io.flotilla.simulation.plant;

import org.jspecify.annotations.NullMarked;
