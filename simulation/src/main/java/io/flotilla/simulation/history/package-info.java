/// What clients asked, when, and what they were told; and whether one correct store can explain it.
@NullMarked
package io.flotilla.simulation.history;

import org.jspecify.annotations.NullMarked;
