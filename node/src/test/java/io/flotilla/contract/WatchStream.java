package io.flotilla.contract;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.proto.etcd.WatchCancelRequest;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchProgressRequest;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.proto.mvcc.Event;
import java.util.ArrayList;
import java.util.List;

/// One watch stream, driven step by step.
public final class WatchStream implements AutoCloseable {
  private final Duplex<WatchRequest, WatchResponse> call;

  WatchStream(Duplex<WatchRequest, WatchResponse> call) {
    this.call = call;
  }

  Duplex<WatchRequest, WatchResponse> call() {
    return call;
  }

  void send(WatchCreateRequest.Builder request) {
    call.send(WatchRequest.newBuilder().setCreateRequest(request).build());
  }

  void cancel(long watchId) {
    var request = WatchCancelRequest.newBuilder().setWatchId(watchId);
    call.send(WatchRequest.newBuilder().setCancelRequest(request).build());
  }

  void requestProgress() {
    var request = WatchProgressRequest.getDefaultInstance();
    call.send(WatchRequest.newBuilder().setProgressRequest(request).build());
  }

  /// Creates a watcher and returns its `created` message, which has to come next.
  public WatchResponse create(WatchCreateRequest.Builder request) {
    send(request);
    return created();
  }

  /// The next message, which has to be `created` and nothing more.
  WatchResponse created() {
    var response = next();
    assertThat(response.getCreated()).as("created: %s", response).isTrue();
    assertThat(response.getCanceled()).as("canceled: %s", response).isFalse();
    assertThat(response.getEventsList()).isEmpty();
    return response;
  }

  public WatchResponse next() {
    return call.next();
  }

  /// The next message, which has to carry events.
  public WatchResponse nextEvents() {
    var response = next();
    assertThat(response.getEventsCount()).as("events: %s", response).isPositive();
    return response;
  }

  /// The next message, which has to carry one event.
  Event nextEvent() {
    var response = next();
    assertThat(response.getEventsCount()).as("events: %s", response).isEqualTo(1);
    return response.getEvents(0);
  }

  /// The next `count` events, in whatever messages they come.
  public List<Event> events(int count) {
    var events = new ArrayList<Event>(count);
    while (events.size() < count) {
      events.addAll(nextEvents().getEventsList());
    }
    assertThat(events).hasSize(count);
    return events;
  }

  @Override
  public void close() {
    call.close();
  }
}
