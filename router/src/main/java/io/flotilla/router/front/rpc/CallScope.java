package io.flotilla.router.front.rpc;

import io.flotilla.base.port.Clock;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.route.ClusterView;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Set;

/// What the calls of one event loop share: their deadlines, their admission, the streams that are
/// open. Owned by that loop.
public final class CallScope {
  private static final long TICK_NANOS = 10_000_000;
  private static final int SLOTS = 1024;
  private static final long SECOND_MILLIS = 1000;

  /// Who hears of calls, shared by the loops of a node.
  public record Observers(RpcMetrics metrics, SlowLog slowLog) {}

  /// Who lets calls in, shared by the loops of a node.
  public record Gates(ClusterView view, RequestGuard guard) {}

  private final Vertx vertx;
  private final Clock clock;
  private final CallLimits limits;
  private final Admission admission;
  private final RequestGuard guard;
  private final Observers observers;
  private final DeadlineWheel wheel;
  private final LeaderGuard leaderGuard;
  private final Set<StreamCall<?, ?>> streams = new LinkedHashSet<>();
  private final Set<Call> waiting = new LinkedHashSet<>();
  private boolean timerArmed;
  private boolean stopping;

  public CallScope(Vertx vertx, Clock clock, Gates gates, CallLimits limits, Observers observers) {
    this.vertx = vertx;
    this.clock = clock;
    this.limits = limits;
    this.observers = observers;
    this.admission = new Admission(gates.view());
    this.guard = gates.guard();
    this.wheel = new DeadlineWheel(clock.nanoTime(), TICK_NANOS, SLOTS);
    this.leaderGuard = new LeaderGuard(vertx, gates.view(), limits.electionTimeoutMillis());
  }

  public CallLimits limits() {
    return limits;
  }

  public RpcMetrics metrics() {
    return observers.metrics();
  }

  void tell(SlowLog.Slow call, long nowNanos) {
    SlowLog.InASecond timer = task -> vertx.setTimer(SECOND_MILLIS, _ -> task.run());
    observers.slowLog().tell(call, nowNanos, timer);
  }

  long nanoTime() {
    return clock.nanoTime();
  }

  Admission admission() {
    return admission;
  }

  RequestGuard guard() {
    return guard;
  }

  LeaderGuard leaderGuard() {
    return leaderGuard;
  }

  void schedule(DeadlineWheel.Entry entry, long deadlineNanos) {
    wheel.schedule(entry, deadlineNanos);
    if (!timerArmed) {
      timerArmed = true;
      arm();
    }
  }

  void cancel(DeadlineWheel.Entry entry) {
    wheel.cancel(entry);
  }

  private void arm() {
    vertx.setTimer(Math.max(1, wheel.tickNanos() / 1_000_000), _ -> onTick());
  }

  private void onTick() {
    wheel.advance(clock.nanoTime());
    timerArmed = wheel.size() > 0;
    if (timerArmed) {
      arm();
    }
  }

  /// A unary call waits for others. It ends when this server does.
  void waits(Call call) {
    waiting.add(call);
    if (stopping) {
      call.abort(ApiError.STOPPED.status());
    }
  }

  void waitsNoMore(Call call) {
    waiting.remove(call);
  }

  void opened(StreamCall<?, ?> stream) {
    streams.add(stream);
  }

  void closed(StreamCall<?, ?> stream) {
    streams.remove(stream);
  }

  public int openStreams() {
    return streams.size();
  }

  /// Whether streams that begin now are refused.
  public boolean isStopping() {
    return stopping;
  }

  /// Refuses new streams and ends all others, and calls that wait. Other unary calls go on, also
  /// those that begin until their
  /// connection has told the client to go elsewhere: each ends by itself.
  public void stop() {
    stopping = true;
    for (StreamCall<?, ?> stream : new ArrayList<>(streams)) {
      stream.fail(ApiError.STOPPED.status());
    }
    for (Call call : new ArrayList<>(waiting)) {
      call.abort(ApiError.STOPPED.status());
    }
  }
}
