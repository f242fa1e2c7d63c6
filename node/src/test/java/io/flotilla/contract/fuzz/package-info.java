/// Nonsense of all kinds for a real node: whatever it is sent, it answers, refuses or hangs up, and
/// serves the others.
@NullMarked
package io.flotilla.contract.fuzz;

import org.jspecify.annotations.NullMarked;
