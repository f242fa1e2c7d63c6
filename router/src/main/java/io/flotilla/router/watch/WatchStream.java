package io.flotilla.router.watch;

import io.flotilla.base.KeyRange;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/// One client's watch stream on the hub's loop: its watchers by id, what is on its way to the
/// client, and the rules for creating and cancelling (contract 2.8.1).
final class WatchStream {
  /// What a response weighs beside its events.
  static final int RESPONSE_BYTES = 64;

  private static final byte[] ZERO = {0};
  private static final String DUPLICATE_ID = "mvcc: duplicate watch ID provided on the WatchStream";
  private static final String EMPTY_RANGE = "mvcc: watcher range is empty";
  private static final String NEGATIVE_START =
      "etcdserver: mvcc: required revision has been compacted";

  private final WatchHub hub;
  private final WatchResponses responses;
  private final int roomBytes;
  final StreamPort port;

  private final Map<Long, Watcher> watchers = new LinkedHashMap<>();
  private final List<Watcher> parked = new ArrayList<>();
  private List<WatchResponse> outbox = new ArrayList<>();
  private int outboxBytes;
  private long inFlightBytes;
  private long nextId;

  /// The highest revision that a header of events or progress named.
  private long toldTo;

  /// The revision of the newest progress of the whole stream.
  private long progressTo;

  private boolean progressStarted;
  private boolean closed;

  WatchStream(WatchHub hub, StreamPort port) {
    this.hub = hub;
    this.port = port;
    this.responses = hub.responses();
    this.roomBytes = hub.config().streamBytes();
  }

  void onRequest(WatchRequest request) {
    if (closed) {
      return;
    }
    switch (request.getRequestUnionCase()) {
      case CREATE_REQUEST -> create(request.getCreateRequest());
      case CANCEL_REQUEST -> cancel(request.getCancelRequest().getWatchId());
      case PROGRESS_REQUEST -> progress();
      case REQUESTUNION_NOT_SET -> {} // etcd ignores it
    }
  }

  private void create(WatchCreateRequest request) {
    if (request.getStartRevision() < 0) {
      send(responses.refused(NEGATIVE_START, hub.newest()), RESPONSE_BYTES);
      return;
    }
    KeyRange range = range(request);
    if (range.isEmpty()) {
      send(responses.refused(EMPTY_RANGE, hub.newest()), RESPONSE_BYTES);
      return;
    }
    if (request.getWatchId() != 0 && watchers.containsKey(request.getWatchId())) {
      send(responses.refused(DUPLICATE_ID, hub.newest()), RESPONSE_BYTES);
      return;
    }
    var watcher = new Watcher(pickId(request.getWatchId()), range, this, request);
    watchers.put(watcher.id, watcher);
    send(responses.created(watcher.id, hub.newest()), RESPONSE_BYTES);
    hub.start(watcher);
  }

  /// Answers a request for a watcher that its sender may not have.
  void refuse(String reason) {
    if (!closed) {
      send(responses.refused(reason, hub.newest()), RESPONSE_BYTES);
    }
  }

  private static KeyRange range(WatchCreateRequest request) {
    byte[] key = request.getKey().isEmpty() ? ZERO : request.getKey().toByteArray();
    return KeyRange.ofEtcd(key, request.getRangeEnd().toByteArray());
  }

  private long pickId(long asked) {
    if (asked != 0) {
      return asked;
    }
    while (watchers.containsKey(nextId)) {
      nextId++;
    }
    return nextId++;
  }

  private void cancel(long id) {
    Watcher watcher = watchers.remove(id);
    if (watcher != null) {
      drop(watcher);
      send(responses.canceled(id, hub.newest()), RESPONSE_BYTES);
    }
  }

  /// Answered only when every watcher of the stream is synced (contract 2.8.4): with the revision
  /// to which all are. When that is below what one of them was told already, since its groups are
  /// ahead of those of others, each watcher hears of its own: progress never goes back.
  private void progress() {
    long syncedTo = Long.MAX_VALUE;
    for (Watcher watcher : watchers.values()) {
      if (watcher.state != Watcher.State.COMPACTED) {
        syncedTo = Math.min(syncedTo, hub.syncedTo(watcher));
      }
    }
    if (syncedTo == WatchHub.NOT_SYNCED || syncedTo == Long.MAX_VALUE) {
      return;
    }
    if (syncedTo >= toldTo) {
      toldTo = syncedTo;
      progressTo = syncedTo;
      send(responses.progress(WatchResponses.NO_WATCHER, syncedTo), RESPONSE_BYTES);
    } else {
      watchers.values().forEach(this::ownProgress);
    }
  }

  private void ownProgress(Watcher watcher) {
    long syncedTo = hub.syncedTo(watcher);
    if (syncedTo >= Math.max(watcher.toldTo, progressTo) && hasRoom()) {
      watcher.toldTo = syncedTo;
      toldTo = Math.max(toldTo, syncedTo);
      send(responses.progress(watcher.id, syncedTo), RESPONSE_BYTES);
    }
  }

  /// Tells each idle watcher that asked for it how far it is.
  void periodicProgress() {
    for (Watcher watcher : watchers.values()) {
      boolean current = watcher.wantsProgress() && hub.syncedTo(watcher) != WatchHub.NOT_SYNCED;
      if (current && hasRoom()) {
        if (!watcher.sent) {
          ownProgress(watcher);
        }
        watcher.sent = false;
      }
    }
  }

  /// Sends events in one response or several.
  ///
  /// @param headerRevision what the headers say
  void sendEvents(List<WatchResponse> parts, long headerRevision, int weightBytes) {
    toldTo = Math.max(toldTo, headerRevision);
    for (WatchResponse part : parts) {
      send(part, weightBytes / parts.size());
    }
  }

  void forEachWatcher(Consumer<Watcher> action) {
    watchers.values().forEach(action);
  }

  /// @return whether this is the first watcher of the stream that wants periodic progress
  boolean startProgress() {
    boolean first = !progressStarted;
    progressStarted = true;
    return first;
  }

  /// Tells that compaction overtook a watcher; its id stays taken until the client cancels it.
  void endCompacted(Watcher watcher, long compactRevision) {
    send(responses.compacted(watcher.id, compactRevision), RESPONSE_BYTES);
  }

  boolean hasRoom() {
    return inFlightBytes < roomBytes;
  }

  /// Sets a watcher aside until the client has taken what is on its way.
  void park(Watcher watcher) {
    watcher.state = Watcher.State.PARKED;
    parked.add(watcher);
  }

  void send(WatchResponse response, int weightBytes) {
    if (outbox.isEmpty()) {
      hub.flushLater(this);
    }
    outbox.add(response);
    outboxBytes += weightBytes;
    inFlightBytes += weightBytes;
  }

  /// What has to go to the client's loop now.
  Outgoing takeOutbox() {
    var outgoing = new Outgoing(this, outbox, outboxBytes);
    outbox = new ArrayList<>();
    outboxBytes = 0;
    return outgoing;
  }

  /// The client took that much.
  void onDelivered(long bytes) {
    inFlightBytes -= bytes;
    if (closed || parked.isEmpty() || inFlightBytes > roomBytes / 2) {
      return;
    }
    List<Watcher> again = List.copyOf(parked);
    parked.clear();
    for (Watcher watcher : again) {
      if (watcher.state == Watcher.State.PARKED) {
        hub.unpark(watcher);
      }
    }
  }

  boolean closed() {
    return closed;
  }

  WatchHub hub() {
    return hub;
  }

  void close() {
    if (!closed) {
      closed = true;
      watchers.values().forEach(this::drop);
      watchers.clear();
      outbox.clear();
    }
  }

  private void drop(Watcher watcher) {
    if (watcher.state == Watcher.State.PARKED) {
      parked.remove(watcher);
    }
    hub.end(watcher);
  }

  /// Responses that leave the hub's loop together.
  record Outgoing(WatchStream stream, List<WatchResponse> responses, int weightBytes) {
    void deliver() {
      stream.port.deliver(responses, weightBytes);
    }
  }
}
