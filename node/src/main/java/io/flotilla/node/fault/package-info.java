/// Faults on demand, for measurements and tests on real processes: a disk that is slower than it
/// is, a replica that nobody hears.
///
/// Everything here is off unless a system property of the Java machine switches it on; it wraps
/// ports where a node makes them, and nothing else knows of it.
@NullMarked
package io.flotilla.node.fault;

import org.jspecify.annotations.NullMarked;
