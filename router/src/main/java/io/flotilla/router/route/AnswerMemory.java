package io.flotilla.router.route;

import io.flotilla.base.Rejection;
import io.flotilla.router.error.ApiStatus;
import io.vertx.grpc.common.GrpcStatus;
import java.util.concurrent.atomic.AtomicLong;

/// The memory of a node for answers that are gathered from several groups. Any thread.
final class AnswerMemory {
  private final long totalBytes;
  private final AtomicLong usedBytes = new AtomicLong();

  /// @param totalBytes of all answers together; no single one may be larger, nor larger than a gRPC
  ///     message
  AnswerMemory(long totalBytes) {
    if (totalBytes < 1) {
      throw new IllegalArgumentException("an answer takes memory");
    }
    this.totalBytes = totalBytes;
  }

  long usedBytes() {
    return usedBytes.get();
  }

  /// Room for one answer; to be closed when the answer leaves.
  Share open() {
    return new Share();
  }

  final class Share implements AutoCloseable {
    private final long maxBytes = Math.min(totalBytes, Integer.MAX_VALUE);
    private long held;

    /// The answer grew, or shrank.
    ///
    /// @throws io.flotilla.router.error.ApiException for an answer that no message has room for
    /// @throws io.flotilla.base.RejectedException `TooManyRequests`, when others have the room
    void add(long moreBytes) {
      held += moreBytes;
      boolean tooMuch = usedBytes.addAndGet(moreBytes) > totalBytes;
      if (held > maxBytes) {
        // grpc-go behaviour: etcd's server finds out when it sends.
        throw new ApiStatus(
                GrpcStatus.RESOURCE_EXHAUSTED,
                "grpc: trying to send message larger than max (" + held + " vs. " + maxBytes + ")")
            .asException();
      }
      if (tooMuch && moreBytes > 0) {
        throw new Rejection.TooManyRequests().asException();
      }
    }

    @Override
    public void close() {
      usedBytes.addAndGet(-held);
      held = 0;
    }
  }
}
