package io.flotilla.router.front.rpc;

import io.flotilla.router.error.ApiError;
import io.flotilla.router.error.ApiStatus;
import io.vertx.grpc.common.GrpcStatus;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One call of one method, from its first byte to its end. Belongs to one event loop.
///
/// The deadline is the client's if it set one, else the server's request timeout from the moment
/// the request was complete.
public abstract class Call extends DeadlineWheel.Entry {
  /// Time for a client that sets no deadline to send its request.
  private static final long RECEIVE_NANOS = 300_000_000_000L;

  private static final long PATIENCE_NANOS = 24L * 3600 * 1_000_000_000;

  private static final Logger log = LoggerFactory.getLogger(Call.class);

  private final CallScope scope;
  private final RpcMethod<?, ?> method;
  private final MethodMetrics metrics;
  private final long startNanos;
  private long deadlineNanos;
  private boolean clientDeadline;
  private boolean finished;
  private @Nullable Runnable over;
  private boolean waited;

  Call(CallScope scope, RpcMethod<?, ?> method) {
    this.scope = scope;
    this.method = method;
    this.metrics = scope.metrics().of(method);
    this.startNanos = scope.nanoTime();
    metrics.started();
  }

  /// The first value of a header of the request; null without. Never logged: it may be a secret.
  ///
  /// @param name lower case
  public abstract @Nullable String metadata(String name);

  /// The Common Name of the certificate that the client showed on its connection, where the
  /// settings let it stand for a user; null otherwise, and for calls through the JSON gateway (etcd
  /// behaviour).
  public @Nullable String commonName() {
    return null;
  }

  /// Who decides what the caller may do.
  public final RequestGuard guard() {
    return scope.guard();
  }

  /// When the client or this server loses patience, on the monotonic clock. What a call asks of
  /// others carries it along.
  public final long deadlineNanos() {
    return deadlineNanos;
  }

  /// The deadline of one step of a call that goes on for long: the server's request timeout from
  /// now, or the client's deadline if that is earlier.
  public final long stepDeadlineNanos() {
    long step = scope.nanoTime() + scope.limits().requestTimeoutMillis() * 1_000_000;
    return clientDeadline && deadlineNanos - step < 0 ? deadlineNanos : step;
  }

  /// The deadline of work that takes as long as it takes: the client's if it set one.
  public final long patientDeadlineNanos() {
    return clientDeadline ? deadlineNanos : scope.nanoTime() + PATIENCE_NANOS;
  }

  /// The deadline of what remains to be done after the call has ended: the server's request timeout
  /// from now.
  public final long afterwardsDeadlineNanos() {
    return scope.nanoTime() + scope.limits().requestTimeoutMillis() * 1_000_000;
  }

  /// For a unary call that waits for others as long as it takes: has `task` run when the call is
  /// over, whoever ended it. At once if it is over; the server's shutdown ends it. Once in a call.
  public final void whenOver(Runnable task) {
    if (finished) {
      task.run();
      return;
    }
    over = task;
    waited = true;
    scope.waits(this);
  }

  public final RpcMethod<?, ?> method() {
    return method;
  }

  /// Whether the client wants an answer only from a node that knows a leader.
  public final boolean requiresLeader() {
    return "true".equals(metadata("hasleader"));
  }

  /// Whether the time that the call took was that of others.
  final boolean waited() {
    return waited;
  }

  /// Why the call is refused before its arguments are looked at; null when it is not.
  final @Nullable ApiError admissionFault() {
    if (method.has(RpcMethod.Trait.ALWAYS)) {
      return null;
    }
    boolean wouldNotEnd = scope.isStopping() && method.kind() != RpcKind.UNARY;
    return wouldNotEnd ? ApiError.STOPPED : scope.admission().check(this);
  }

  /// Whether a learner serves this call.
  boolean isOpenToLearner() {
    return method.has(RpcMethod.Trait.LEARNER);
  }

  public final boolean finished() {
    return finished;
  }

  final CallScope scope() {
    return scope;
  }

  final MethodMetrics metrics() {
    return metrics;
  }

  final long startNanos() {
    return startNanos;
  }

  /// Starts the clock of a call whose request is yet to come.
  ///
  /// @param timeoutNanos the client's; negative for none
  protected final void begin(long timeoutNanos) {
    clientDeadline = timeoutNanos >= 0;
    long patience = clientDeadline ? timeoutNanos : RECEIVE_NANOS;
    deadlineNanos = startNanos + patience;
    if (clientDeadline || method.kind() == RpcKind.UNARY) {
      scope.schedule(this, deadlineNanos);
    }
  }

  /// The request is complete: from here it is the server that takes time.
  final void requestComplete() {
    if (clientDeadline) {
      return;
    }
    long timeoutNanos = scope.limits().requestTimeoutMillis() * 1_000_000;
    deadlineNanos = scope.nanoTime() + timeoutNanos;
    if (method.kind() != RpcKind.UNARY || method.has(RpcMethod.Trait.LONG_RUNNING)) {
      scope.cancel(this);
    } else {
      // The cluster keeps the deadline and knows what became of the request; this one is for the
      // case that no answer comes at all.
      scope.schedule(this, deadlineNanos + timeoutNanos / 8);
    }
  }

  /// Whether the client's deadline was over before its request was complete.
  final boolean isLate() {
    return clientDeadline && scope.nanoTime() - deadlineNanos >= 0;
  }

  @Override
  protected final void onDeadline() {
    if (!finished) {
      abort(clientDeadline ? ApiError.DEADLINE.status() : ApiError.TIMEOUT.status());
    }
  }

  /// A failure that could not be sent is nobody's failure any more.
  final void logUnsent(RuntimeException e) {
    log.atDebug().addKeyValue("method", method).setCause(e).log("the end of a call was not sent");
  }

  /// Ends the call with a failure that did not come from its handler.
  abstract void abort(ApiStatus status);

  /// Counts the end of the call. At most once; false when it had ended before.
  final boolean finish(GrpcStatus code) {
    if (finished) {
      return false;
    }
    finished = true;
    scope.cancel(this);
    metrics.handled(code, scope.nanoTime() - startNanos);
    Runnable task = over;
    if (task != null) {
      over = null;
      scope.waitsNoMore(this);
      task.run();
    }
    return true;
  }

  /// The status of a failure; one that nobody foresaw is logged and says nothing.
  public static ApiStatus statusOf(RpcMethod<?, ?> method, Throwable failure) {
    ApiStatus known = ApiError.find(failure);
    if (known != null) {
      return known;
    }
    log.atError()
        .addKeyValue("event", "call-failed")
        .addKeyValue("method", method)
        .setCause(failure)
        .log("a call failed for an unforeseen reason");
    return new ApiStatus(GrpcStatus.INTERNAL, "internal error");
  }
}
