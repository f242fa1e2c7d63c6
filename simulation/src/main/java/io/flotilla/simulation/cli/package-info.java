/// The simulator as a command.
@NullMarked
package io.flotilla.simulation.cli;

import org.jspecify.annotations.NullMarked;
