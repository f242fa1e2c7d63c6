/// The composition root: puts the parts of a node together, starts and stops them in order.
@NullMarked
package io.flotilla.node.run;

import org.jspecify.annotations.NullMarked;
