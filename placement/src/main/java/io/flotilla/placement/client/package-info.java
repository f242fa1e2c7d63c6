/// The doors to a group: to the replica on this node, and to the group wherever its leader is, with
/// the errands between nodes and those who serve them; renewals of leases, and proposals of the
/// duties.
@NullMarked
package io.flotilla.placement.client;

import org.jspecify.annotations.NullMarked;
