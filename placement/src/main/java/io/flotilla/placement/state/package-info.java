/// The port through which the root group's parts keep their replicated state.
@NullMarked
package io.flotilla.placement.state;

import org.jspecify.annotations.NullMarked;
