package io.flotilla.router.front.rpc;

import com.google.protobuf.Message;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.error.ApiStatus;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcStatus;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/// A call with a stream of responses and one or many requests. What carries it feeds it through the
/// `on…` methods, on its event loop.
public abstract class StreamCall<Q extends Message, R extends Message> extends Call
    implements StreamSink<R> {
  /// Requests behind one that is being decided about; above it the stream ends.
  private static final int WAITING_MAX = 4096;

  private final RpcMethod<Q, R> method;
  private final ArrayDeque<Q> waiting = new ArrayDeque<>();
  private @Nullable StreamSession<Q> session;
  private boolean opened;
  private boolean halfClosed;
  private boolean requested;
  private boolean deciding;

  protected StreamCall(CallScope scope, RpcMethod<Q, R> method) {
    super(scope, method);
    this.method = method;
  }

  /// Sends one response. The transport is still open.
  protected abstract void writeResponse(R response);

  /// Ends the transport after what was sent; null for success.
  protected abstract void writeEnd(@Nullable ApiStatus failure);

  /// Admits the stream and opens its session. A client stream opens at its headers.
  ///
  /// @param timeoutNanos the client's; negative for none
  protected final void open(long timeoutNanos) {
    begin(timeoutNanos);
    scope().metrics().streamRequest(metadata("client-api-version"));
    ApiError refusal = admissionFault();
    if (refusal != null) {
      fail(refusal.status());
      return;
    }
    openSession();
  }

  private void openSession() {
    requestComplete();
    opened = true;
    scope().opened(this);
    if (requiresLeader()) {
      scope().leaderGuard().guard(this);
    }
    try {
      StreamSession<Q> created = method.streamHandler().open(this, this);
      if (finished()) {
        created.onClosed();
      } else {
        session = created;
      }
    } catch (RuntimeException e) {
      fail(statusOf(method, e));
    }
  }

  /// A request arrived.
  protected final void onRequest(Q request) {
    StreamSession<Q> open = session;
    if (open == null || (requested && method.kind() == RpcKind.SERVER_STREAM)) {
      return;
    }
    requested = true;
    metrics().received();
    if (!deciding) {
      guarded(() -> authorize(open, request));
    } else if (waiting.size() < WAITING_MAX) {
      waiting.add(request);
    } else {
      fail(ApiError.TOO_MANY_REQUESTS.status());
    }
  }

  /// Requests go on in their order: while one is being decided about, the next ones wait.
  private void authorize(StreamSession<Q> open, Q request) {
    Future<Void> allowed = guard().check(this, request);
    if (allowed.succeeded()) {
      open.onRequest(request);
      return;
    }
    Future<?> fault = method.check().fault(this, request);
    Future<?> decision = fault == null ? allowed : fault.compose(_ -> allowed);
    deciding = true;
    decision.onComplete(
        _ -> guarded(() -> onAuthorized(request)), failure -> fail(statusOf(method, failure)));
  }

  private void onAuthorized(Q request) {
    deciding = false;
    StreamSession<Q> open = session;
    if (open == null) {
      return;
    }
    open.onRequest(request);
    while (!deciding && !finished() && !waiting.isEmpty()) {
      authorize(open, waiting.remove());
    }
    if (!deciding && !finished() && halfClosed) {
      open.onHalfClose();
    }
  }

  /// The client will send no more.
  protected final void onHalfClose() {
    StreamSession<Q> open = session;
    if (open != null && !halfClosed) {
      halfClosed = true;
      if (!deciding) {
        guarded(open::onHalfClose);
      }
    }
  }

  /// The transport has room again.
  protected final void onDrained() {
    StreamSession<Q> open = session;
    if (open != null) {
      guarded(open::onWritable);
    }
  }

  private void guarded(Runnable action) {
    try {
      action.run();
    } catch (RuntimeException e) {
      fail(statusOf(method, e));
    }
  }

  /// The client is gone or no longer interested.
  protected final void onCancelled() {
    if (finish(GrpcStatus.CANCELLED)) {
      release();
    }
  }

  @Override
  public final void send(R response) {
    if (!finished()) {
      metrics().sent();
      writeResponse(response);
    }
  }

  @Override
  public final void end() {
    if (finish(GrpcStatus.OK)) {
      endWith(null);
    }
  }

  @Override
  public final void fail(ApiStatus status) {
    if (finish(status.code())) {
      endWith(status);
    }
  }

  /// The session is released whatever becomes of the transport, which may be gone already.
  private void endWith(@Nullable ApiStatus failure) {
    try {
      writeEnd(failure);
    } catch (RuntimeException e) {
      logUnsent(e);
    } finally {
      release();
    }
  }

  @Override
  public final boolean closed() {
    return finished();
  }

  @Override
  final void abort(ApiStatus status) {
    fail(status);
  }

  private void release() {
    if (opened) {
      scope().closed(this);
      scope().leaderGuard().release(this);
    }
    StreamSession<Q> open = session;
    session = null;
    waiting.clear();
    if (open != null) {
      open.onClosed();
    }
  }
}
