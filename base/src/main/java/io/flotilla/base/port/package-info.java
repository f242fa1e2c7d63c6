/// What production code needs from the outside world and the simulator replaces.
@NullMarked
package io.flotilla.base.port;

import org.jspecify.annotations.NullMarked;
