/// How nodes talk: frames over one stream per direction and lane, what Raft says in them, the calls
/// that one node makes to another, and the streams between their replicas.
@NullMarked
package io.flotilla.raft.transport;

import org.jspecify.annotations.NullMarked;
