/// gRPC as a carrier of calls: framing, compression, codes and trailers are the transport's matter
/// and end here.
@NullMarked
package io.flotilla.router.front.grpc;

import org.jspecify.annotations.NullMarked;
