package io.flotilla.router.front.rpc;

import com.google.protobuf.Message;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.error.ApiStatus;
import io.vertx.core.Completable;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcStatus;
import org.jspecify.annotations.Nullable;

/// A call with one request and one response.
public abstract class UnaryCall<Q extends Message, R extends Message> extends Call
    implements Completable<R> {
  private static final long NANOS_PER_MILLI = 1_000_000;

  private final RpcMethod<Q, R> method;
  private @Nullable Q request;

  protected UnaryCall(CallScope scope, RpcMethod<Q, R> method) {
    super(scope, method);
    this.method = method;
  }

  /// Sends the answer. The transport is still open.
  ///
  /// @return bytes of the encoded message
  protected abstract int writeReply(R response);

  /// Sends the failure. The transport is still open.
  protected abstract void writeRefusal(ApiStatus status);

  /// Serves the request; further ones of the same call are ignored.
  protected final void serve(Q complete) {
    if (finished() || request != null) {
      return;
    }
    request = complete;
    requestComplete();
    metrics().received();
    scope().metrics().unaryRequest(metadata("client-api-version"));
    ApiError refusal = isLate() ? ApiError.DEADLINE : admissionFault();
    if (refusal != null) {
      refuse(refusal.status());
      return;
    }
    authorize(complete);
  }

  /// Whether the request was complete.
  protected final boolean hasRequest() {
    return request != null;
  }

  private void authorize(Q complete) {
    try {
      Future<Void> allowed = guard().check(this, complete);
      if (allowed.succeeded()) {
        handle(complete);
        return;
      }
      Future<?> fault = method.check().fault(this, complete);
      Future<?> decision = fault == null ? allowed : fault.compose(_ -> allowed);
      decision.onComplete(_ -> handle(complete), failure -> refuse(statusOf(method, failure)));
    } catch (RuntimeException e) {
      refuse(statusOf(method, e));
    }
  }

  private void handle(Q complete) {
    if (finished()) {
      return;
    }
    try {
      method.unaryHandler().handle(this, complete).onComplete(this);
    } catch (RuntimeException e) {
      refuse(statusOf(method, e));
    }
  }

  @Override
  boolean isOpenToLearner() {
    return super.isOpenToLearner() || LearnerReads.isSerializable(request);
  }

  /// The handler's future.
  @Override
  public final void complete(@Nullable R response, @Nullable Throwable failure) {
    if (finished()) {
      return;
    }
    if (response == null) {
      refuse(statusOf(method, failure == null ? new NullPointerException() : failure));
      return;
    }
    finish(GrpcStatus.OK);
    metrics().sent();
    int bytes = 0;
    try {
      bytes = writeReply(response);
    } catch (RuntimeException e) {
      // The client's connection is in no state to be written to; nothing else depends on it.
      logUnsent(e);
    }
    tellIfSlow(bytes);
  }

  /// Ends the call with a failure.
  protected final void refuse(ApiStatus status) {
    if (finish(status.code())) {
      try {
        writeRefusal(status);
      } catch (RuntimeException e) {
        logUnsent(e);
      }
      tellIfSlow(0);
    }
  }

  private void tellIfSlow(int responseBytes) {
    long limitMillis = scope().limits().slowRequestMillis();
    long now = scope().nanoTime();
    long tookMillis = (now - startNanos()) / NANOS_PER_MILLI;
    if (limitMillis > 0 && tookMillis > limitMillis && !waited()) {
      int requestBytes = request == null ? 0 : request.getSerializedSize();
      var slow = new SlowLog.Slow(method().toString(), tookMillis, requestBytes, responseBytes);
      scope().tell(slow, now);
    }
  }

  @Override
  final void abort(ApiStatus status) {
    refuse(status);
  }

  /// The client is gone or no longer interested.
  protected final void onCancelled() {
    finish(GrpcStatus.CANCELLED);
  }
}
