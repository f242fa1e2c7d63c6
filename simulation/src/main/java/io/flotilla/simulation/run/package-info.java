/// A whole simulated run: drawn from a seed, carried out, judged.
@NullMarked
package io.flotilla.simulation.run;

import org.jspecify.annotations.NullMarked;
