package io.flotilla.simulation.chaos;

import io.flotilla.proto.etcd.WatchGrpcClient;
import io.flotilla.proto.etcd.WatchProgressRequest;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.simulation.history.HistoryRecorder;
import io.flotilla.simulation.history.WatchMessage;
import io.flotilla.simulation.history.WatchMessage.Event;
import io.flotilla.simulation.history.Watching.Query;
import io.flotilla.simulation.history.Where;
import io.flotilla.simulation.wire.FromEtcd;
import io.flotilla.simulation.wire.ToEtcd;
import io.vertx.grpc.client.GrpcClientRequest;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// One watcher on a stream of its own, from its creation to its end. Records what comes until it is
/// ended; nothing after that.
final class WatchAttempt {
  private final HistoryRecorder recorder;
  private final long id;
  private final Query query;
  private @Nullable GrpcClientRequest<WatchRequest, WatchResponse> stream;
  private boolean created;
  private boolean ended;
  private long next;
  private long lastMessage = System.nanoTime();

  WatchAttempt(HistoryRecorder recorder, Where where, Query query) {
    this.recorder = recorder;
    this.query = query;
    this.next = query.start();
    this.id = recorder.watch(where, query);
  }

  /// @param needsLeader whether the node is to end the watch when it knows no leader
  void open(Connection connection, boolean needsLeader) {
    connection
        .open(WatchGrpcClient.Watch)
        .onFailure(cause -> end(String.valueOf(cause.getMessage())))
        .onSuccess(opened -> send(opened, needsLeader));
  }

  private void send(GrpcClientRequest<WatchRequest, WatchResponse> opened, boolean needsLeader) {
    synchronized (this) {
      if (ended) {
        opened.cancel();
        return;
      }
      stream = opened;
    }
    if (needsLeader) {
      opened.headers().set("hasleader", "true");
    }
    opened
        .response()
        .onFailure(cause -> end(cause.toString()))
        .onSuccess(
            response ->
                response
                    .handler(this::accept)
                    .exceptionHandler(cause -> end(cause.toString()))
                    .endHandler(_ -> end("ended: " + response.statusMessage())));
    opened.exceptionHandler(cause -> end(cause.toString()));
    opened.write(WatchRequest.newBuilder().setCreateRequest(ToEtcd.watch(query)).build());
  }

  private synchronized void accept(WatchResponse message) {
    if (ended) {
      return;
    }
    long now = System.nanoTime();
    lastMessage = now;
    long revision = message.getHeader().getRevision();
    if (message.getCanceled()) {
      long compacted = message.getCompactRevision();
      recorder.message(id, new WatchMessage.Canceled(now, compacted, message.getCancelReason()));
      next = Math.max(next, compacted);
      stop();
    } else if (message.getCreated()) {
      created = true;
      recorder.message(id, new WatchMessage.Created(now, revision));
      next = next == 0 ? revision + 1 : next;
    } else if (message.getEventsCount() > 0) {
      List<Event> events = FromEtcd.events(message.getEventsList());
      recorder.message(id, new WatchMessage.Events(now, events, message.getFragment()));
      if (!message.getFragment()) {
        next = Math.max(next, events.getLast().revision() + 1);
      }
    } else {
      recorder.message(id, new WatchMessage.Progress(now, revision));
      next = Math.max(next, revision + 1);
    }
  }

  /// Asks how far the watcher is; the answer comes as a message, if at all.
  synchronized void askProgress() {
    if (created && !ended && stream != null) {
      var request = WatchProgressRequest.getDefaultInstance();
      stream.write(WatchRequest.newBuilder().setProgressRequest(request).build());
    }
  }

  /// Nothing is recorded from here on.
  synchronized void end(String reason) {
    if (!ended) {
      recorder.message(id, new WatchMessage.Broken(System.nanoTime(), reason));
      stop();
    }
  }

  private void stop() {
    ended = true;
    if (stream != null) {
      stream.cancel();
    }
  }

  synchronized boolean isEnded() {
    return ended;
  }

  /// The first revision that has not come; 0 if the start is not known.
  synchronized long next() {
    return next;
  }

  synchronized long silentNanos() {
    return System.nanoTime() - lastMessage;
  }
}
