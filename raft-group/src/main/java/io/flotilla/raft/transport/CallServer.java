package io.flotilla.raft.transport;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Reply;
import io.vertx.core.AsyncResult;
import java.util.EnumMap;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// Answers the calls of other nodes through the handlers of their kinds.
final class CallServer {
  private static final Logger LOG = LoggerFactory.getLogger(CallServer.class);

  /// Nobody waits longer, whatever a call says.
  private static final long MAX_TIMEOUT_MILLIS = 3_600_000;

  /// Takes the replies to their nodes.
  interface Sink {
    void reply(NodeId to, Reply reply);
  }

  private final Clock clock;
  private final PeerLimits limits;
  private final PeerMetrics metrics;
  private final Sink sink;
  private final Map<Call.BodyCase, CallHandler> handlers = new EnumMap<>(Call.BodyCase.class);
  private int serving;

  CallServer(Clock clock, PeerLimits limits, PeerMetrics metrics, Sink sink) {
    this.clock = clock;
    this.limits = limits;
    this.metrics = metrics;
    this.sink = sink;
  }

  void register(Call.BodyCase kind, CallHandler handler) {
    check(kind != Call.BodyCase.BODY_NOT_SET, "a call asks for something");
    check(handlers.put(kind, handler) == null, "a kind of calls has one handler");
  }

  void serve(NodeId from, Call call) {
    CallHandler handler = handlers.get(call.getBodyCase());
    if (handler == null) {
      refuse(from, call, new Rejection.NoLeader());
    } else if (serving >= limits.servedCalls()) {
      refuse(from, call, new Rejection.TooManyRequests());
    } else {
      serving++;
      handler.handle(from, call, deadlineNanos(call)).onComplete(r -> onServed(from, call, r));
    }
  }

  private long deadlineNanos(Call call) {
    long asked = call.getTimeoutMillis();
    boolean sane = asked > 0 && asked < MAX_TIMEOUT_MILLIS;
    return clock.nanoTime() + (sane ? asked : MAX_TIMEOUT_MILLIS) * 1_000_000;
  }

  private void onServed(NodeId from, Call call, AsyncResult<Reply.Builder> result) {
    serving--;
    if (result.succeeded()) {
      Reply reply = result.result().setId(call.getId()).build();
      if (reply.getSerializedSize() <= limits.itemBytes()) {
        sink.reply(from, reply);
        return;
      }
      metrics.dropped(PeerMetrics.Drop.TOO_LARGE, 1);
      refuse(from, call, new Rejection.OutcomeUnknown());
    } else if (result.cause() instanceof RejectedException rejected) {
      refuse(from, call, rejected.rejection());
    } else {
      LOG.atWarn()
          .setCause(result.cause())
          .addKeyValue("event", "peer-call-failed")
          .addKeyValue("from", from)
          .addKeyValue("call", call.getBodyCase())
          .log("a call of another node failed");
      refuse(from, call, new Rejection.OutcomeUnknown());
    }
  }

  private void refuse(NodeId from, Call call, Rejection why) {
    var refused = RejectionCodec.encode(why);
    sink.reply(from, Reply.newBuilder().setId(call.getId()).setRefused(refused).build());
  }
}
