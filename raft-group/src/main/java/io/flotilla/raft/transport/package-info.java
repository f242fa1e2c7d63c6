/// How nodes talk: frames over one stream per direction and lane, what Raft says in them, and the
/// calls that one node makes to another.
@NullMarked
package io.flotilla.raft.transport;

import org.jspecify.annotations.NullMarked;
