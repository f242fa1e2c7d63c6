/// Command lines of this module.
@NullMarked
package io.flotilla.simulation.cli;

import org.jspecify.annotations.NullMarked;
