/// Certificates in the words of the sockets, for every port and every call of a node.
@NullMarked
package io.flotilla.raft.transport.tls;

import org.jspecify.annotations.NullMarked;
