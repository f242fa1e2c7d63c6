package io.flotilla.router.front.service;

import com.google.protobuf.ByteString;
import io.flotilla.proto.election.LeaderRequest;
import io.flotilla.proto.election.LeaderResponse;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.router.error.ApiStatus;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.front.rpc.StreamSession;
import io.flotilla.router.front.rpc.StreamSink;
import io.vertx.grpc.common.GrpcStatus;
import org.jspecify.annotations.Nullable;

/// One client that observes an election: the leader, what it proclaims, and after its end the next
/// one. Nothing comes while nobody leads, and the stream does not end by itself.
final class ObserveSession implements StreamSession<LeaderRequest>, InnerWatch.Listener {
  private final InnerCalls calls;
  private final Call call;
  private final StreamSink<LeaderResponse> sink;
  private Queue queue = new Queue(ByteString.EMPTY);
  private @Nullable InnerWatch watch;

  /// Whether a leader's key is watched, not all of them.
  private boolean led;

  ObserveSession(InnerCalls calls, Call call, StreamSink<LeaderResponse> sink) {
    this.calls = calls;
    this.call = call;
    this.sink = sink;
  }

  @Override
  public void onRequest(LeaderRequest request) {
    queue = new Queue(request.getName());
    look();
  }

  private void look() {
    calls
        .range(call, queue.first())
        .onComplete(this::onLooked, failure -> fail(InnerCalls.statusOf(call, failure)));
  }

  private void onLooked(RangeResponse found) {
    if (sink.closed()) {
      return;
    }
    if (found.getKvsCount() == 0) {
      awaitLeader(found.getHeader().getRevision());
    } else {
      follow(found.getHeader(), found.getKvs(0));
    }
  }

  private void awaitLeader(long revision) {
    led = false;
    watch =
        calls.watch(
            call,
            WatchCreateRequest.newBuilder()
                .setKey(queue.start())
                .setRangeEnd(queue.end())
                .setStartRevision(revision)
                .addFilters(WatchCreateRequest.FilterType.NODELETE)
                .build(),
            this);
  }

  private void follow(ResponseHeader header, KeyValue leader) {
    led = true;
    tell(header, leader);
    if (sink.closed()) {
      return;
    }
    watch =
        calls.watch(
            call,
            WatchCreateRequest.newBuilder()
                .setKey(leader.getKey())
                .setStartRevision(header.getRevision() + 1)
                .build(),
            this);
  }

  private void tell(ResponseHeader header, KeyValue leader) {
    sink.send(LeaderResponse.newBuilder().setHeader(header).setKv(leader).build());
  }

  @Override
  public void onEvents(WatchResponse response) {
    for (Event event : response.getEventsList()) {
      if (!led) {
        closeWatch();
        KeyValue leader = event.getKv();
        var header = response.getHeader().toBuilder().setRevision(leader.getModRevision());
        follow(header.build(), leader);
        return;
      }
      if (event.getType() == Event.EventType.DELETE) {
        closeWatch();
        look();
        return;
      }
      tell(response.getHeader(), event.getKv());
    }
  }

  @Override
  public void onCompacted() {
    look();
  }

  @Override
  public void onFailed(ApiStatus reason) {
    fail(new ApiStatus(GrpcStatus.UNKNOWN, reason.message()));
  }

  private void fail(ApiStatus status) {
    sink.fail(status);
  }

  @Override
  public boolean writable() {
    return sink.writable();
  }

  @Override
  public void onWritable() {
    InnerWatch open = watch;
    if (open != null) {
      open.onWritable();
    }
  }

  @Override
  public void onClosed() {
    closeWatch();
  }

  private void closeWatch() {
    InnerWatch open = watch;
    watch = null;
    if (open != null) {
      open.close();
    }
  }
}
