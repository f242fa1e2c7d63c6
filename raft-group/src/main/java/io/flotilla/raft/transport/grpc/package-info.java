/// Frames between nodes as gRPC streams: two connections per direction and pair of nodes, one for
/// messages and one for snapshots, made again whenever they break, and a server for what comes in.
@NullMarked
package io.flotilla.raft.transport.grpc;

import org.jspecify.annotations.NullMarked;
