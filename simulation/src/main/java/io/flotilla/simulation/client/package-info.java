/// Clients of a simulated cluster: what they ask for, of whom, and what they are told, written down
/// for the judge of histories.
@NullMarked
package io.flotilla.simulation.client;

import org.jspecify.annotations.NullMarked;
