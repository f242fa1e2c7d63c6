/// The command line: `flotilla server`, `flotilla storage` and what else an operator types.
@NullMarked
package io.flotilla.node.cli;

import org.jspecify.annotations.NullMarked;
