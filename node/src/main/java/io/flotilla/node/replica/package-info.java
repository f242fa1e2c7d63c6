/// One node's replica of the root group with all that belongs to it, put together over ports: the
/// same code runs on a server's event loop and on the one thread of a simulated cluster.
@NullMarked
package io.flotilla.node.replica;

import org.jspecify.annotations.NullMarked;
