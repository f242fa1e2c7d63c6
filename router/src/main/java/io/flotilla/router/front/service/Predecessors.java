package io.flotilla.router.front.service;

import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.proto.mvcc.Event;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.error.ApiStatus;
import io.flotilla.router.front.rpc.Call;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import org.jspecify.annotations.Nullable;

/// Waits until everybody who came earlier has left the line: watches the one right before, and
/// looks again when that key is gone, so one departure wakes one waiter.
final class Predecessors implements InnerWatch.Listener {
  private final InnerCalls calls;
  private final Call call;
  private final Queue queue;
  private final long createRevision;
  private final Promise<Void> gone = Promise.promise();
  private @Nullable InnerWatch watch;
  private boolean ended;

  /// @param createRevision of the key of the one who waits
  Predecessors(InnerCalls calls, Call call, Queue queue, long createRevision) {
    this.calls = calls;
    this.call = call;
    this.queue = queue;
    this.createRevision = createRevision;
  }

  /// Completes when nobody is before the caller; fails when the call is over first.
  Future<Void> gone() {
    call.whenOver(() -> end(ApiError.REQUEST_CANCELED.asException()));
    look();
    return gone.future();
  }

  private void look() {
    if (!ended) {
      calls.range(call, queue.lastBefore(createRevision)).onComplete(this::onLooked, this::end);
    }
  }

  private void onLooked(RangeResponse found) {
    if (ended) {
      return;
    }
    if (found.getKvsCount() == 0) {
      end(null);
      return;
    }
    KeyValue before = found.getKvs(0);
    var request =
        WatchCreateRequest.newBuilder()
            .setKey(before.getKey())
            .setStartRevision(found.getHeader().getRevision())
            .addFilters(WatchCreateRequest.FilterType.NOPUT)
            .build();
    watch = calls.watch(call, request, this);
  }

  @Override
  public void onEvents(WatchResponse response) {
    boolean left =
        response.getEventsList().stream()
            .anyMatch(event -> event.getType() == Event.EventType.DELETE);
    if (left) {
      closeWatch();
      look();
    }
  }

  @Override
  public void onCompacted() {
    look();
  }

  @Override
  public void onFailed(ApiStatus reason) {
    end(reason.asException());
  }

  private void end(@Nullable Throwable failure) {
    if (ended) {
      return;
    }
    ended = true;
    closeWatch();
    if (failure == null) {
      gone.complete();
    } else {
      gone.fail(failure);
    }
  }

  private void closeWatch() {
    InnerWatch open = watch;
    watch = null;
    if (open != null) {
      open.close();
    }
  }
}
