/// The front of etcd's API: one port for gRPC and HTTP, on every event loop. Translates and admits;
/// it owns no state of the cluster.
@NullMarked
package io.flotilla.router.front;

import org.jspecify.annotations.NullMarked;
