package io.flotilla.router.front.service;

import io.flotilla.placement.client.GroupDoor;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeRequest.SortOrder;
import io.flotilla.proto.etcd.RangeRequest.SortTarget;
import io.flotilla.proto.etcd.RangeStreamResponse;
import io.flotilla.raft.shard.RequestChecks;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.error.RequestErrors;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.front.rpc.StreamSession;
import io.flotilla.router.front.rpc.StreamSink;
import io.vertx.core.Future;
import org.jspecify.annotations.Nullable;

/// Opens the streams of KV.RangeStream.
final class RangeStreams {
  private final GroupDoor group;
  private final Headers headers;
  private final int maxRequestBytes;

  RangeStreams(GroupDoor group, Headers headers, int maxRequestBytes) {
    this.group = group;
    this.headers = headers;
    this.maxRequestBytes = maxRequestBytes;
  }

  GroupDoor group() {
    return group;
  }

  Headers headers() {
    return headers;
  }

  /// What a chunk's bytes are kept near.
  int targetBytes() {
    return maxRequestBytes;
  }

  StreamSession<RangeRequest> open(Call call, StreamSink<RangeStreamResponse> sink) {
    return new RangeStreamSession(this, call, sink);
  }

  /// @throws io.flotilla.router.error.ApiException for what a stream cannot do
  static @Nullable Future<?> fault(RangeRequest request) {
    check(request);
    return null;
  }

  /// @throws io.flotilla.router.error.ApiException for what a stream cannot do
  static void check(RangeRequest request) {
    RequestErrors.refuse(RequestChecks.check(request));
    SortOrder order = request.getSortOrder();
    boolean keyOrder = order == SortOrder.ASCEND && request.getSortTarget() == SortTarget.KEY;
    if (order != SortOrder.NONE && !keyOrder) {
      throw ApiError.STREAM_CUSTOM_SORT.asException();
    }
    boolean filtered =
        (request.getMinModRevision()
                | request.getMaxModRevision()
                | request.getMinCreateRevision()
                | request.getMaxCreateRevision())
            != 0;
    if (filtered) {
      throw ApiError.STREAM_REVISION_FILTERS.asException();
    }
  }
}
