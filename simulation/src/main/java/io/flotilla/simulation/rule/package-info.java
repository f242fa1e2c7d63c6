/// What must hold in every moment of a simulated cluster, whatever fails; each rule looks on from
/// outside and reports what breaks it.
@NullMarked
package io.flotilla.simulation.rule;

import org.jspecify.annotations.NullMarked;
