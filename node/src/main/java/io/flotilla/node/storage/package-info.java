/// What is done to a data directory while no node runs on it: verify it, print it, make one from a
/// backup. Verifying and printing change nothing, whatever state the files are in.
@NullMarked
package io.flotilla.node.storage;

import org.jspecify.annotations.NullMarked;
