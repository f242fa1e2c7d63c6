/// The door to a group on this node: commands and reads in, futures out; renewals gathered on the
/// way, and proposals of the duties.
@NullMarked
package io.flotilla.placement.client;

import org.jspecify.annotations.NullMarked;
