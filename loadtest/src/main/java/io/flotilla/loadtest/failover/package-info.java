/// How a cluster behaves when something happens to it: writes at a constant rate, an event in each
/// round, the time without an acknowledged write around it, and at the end a check that every
/// acknowledged write is there once.
@NullMarked
package io.flotilla.loadtest.failover;

import org.jspecify.annotations.NullMarked;
