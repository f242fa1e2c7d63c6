/// How a node without data comes into a cluster: it founds one together with the other initial
/// members, or joins one that runs and lists it already. Decisions only; who is asked, and how
/// names are resolved, are ports.
@NullMarked
package io.flotilla.node.cluster;

import org.jspecify.annotations.NullMarked;
