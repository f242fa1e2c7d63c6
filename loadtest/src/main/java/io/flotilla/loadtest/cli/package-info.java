/// The command line of the load harness.
@NullMarked
package io.flotilla.loadtest.cli;

import org.jspecify.annotations.NullMarked;
