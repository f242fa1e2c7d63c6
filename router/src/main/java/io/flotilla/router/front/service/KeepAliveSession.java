package io.flotilla.router.front.service;

import io.flotilla.proto.etcd.LeaseKeepAliveRequest;
import io.flotilla.proto.etcd.LeaseKeepAliveResponse;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.front.rpc.StreamSession;
import io.flotilla.router.front.rpc.StreamSink;
import io.flotilla.router.route.LeaseDoor;
import java.util.ArrayDeque;

/// One stream of renewals. Renewals run side by side, their answers leave in the order of the
/// requests; each carries a header of the moment before its renewal.
final class KeepAliveSession implements StreamSession<LeaseKeepAliveRequest> {
  /// Renewals under way on one stream; above it the stream is not read.
  private static final int MAX_PENDING = 256;

  private final LeaseDoor leases;
  private final Headers headers;
  private final Call call;
  private final StreamSink<LeaseKeepAliveResponse> sink;
  private final ArrayDeque<Pending> pending = new ArrayDeque<>();
  private boolean halfClosed;
  private boolean reading = true;

  KeepAliveSession(
      LeaseDoor leases, Headers headers, Call call, StreamSink<LeaseKeepAliveResponse> sink) {
    this.leases = leases;
    this.headers = headers;
    this.call = call;
    this.sink = sink;
  }

  private static final class Pending {
    final LeaseKeepAliveResponse.Builder response = LeaseKeepAliveResponse.newBuilder();
    boolean done;
  }

  @Override
  public void onRequest(LeaseKeepAliveRequest request) {
    var renewal = new Pending();
    renewal.response.setHeader(headers.now()).setID(request.getID());
    pending.add(renewal);
    adjustReading();
    leases
        .keepAlive(request.getID(), call.stepDeadlineNanos())
        .onComplete((ttl, failure) -> onRenewed(renewal, ttl, failure));
  }

  private void onRenewed(Pending renewal, Long ttlSeconds, Throwable failure) {
    if (sink.closed()) {
      return;
    }
    if (failure != null) {
      sink.fail(Call.statusOf(call.method(), failure));
      return;
    }
    renewal.response.setTTL(ttlSeconds);
    renewal.done = true;
    flush();
  }

  private void flush() {
    for (Pending head = pending.peek(); head != null && head.done; head = pending.peek()) {
      pending.remove();
      sink.send(head.response.build());
    }
    if (halfClosed && pending.isEmpty()) {
      sink.end();
      return;
    }
    adjustReading();
  }

  private void adjustReading() {
    boolean wanted = pending.size() < MAX_PENDING && sink.writable();
    if (wanted != reading) {
      reading = wanted;
      sink.receive(wanted);
    }
  }

  @Override
  public void onHalfClose() {
    halfClosed = true;
    flush();
  }

  @Override
  public void onWritable() {
    if (!sink.closed()) {
      adjustReading();
    }
  }

  @Override
  public void onClosed() {
    pending.clear();
  }
}
