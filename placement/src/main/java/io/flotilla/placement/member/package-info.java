/// The members of the cluster as etcd's API shows them, and the ids that name them.
///
/// Pure. Who votes is Raft's business and arrives here with committed entries; this package adds
/// names and URLs, and remembers who was removed.
@NullMarked
package io.flotilla.placement.member;

import org.jspecify.annotations.NullMarked;
