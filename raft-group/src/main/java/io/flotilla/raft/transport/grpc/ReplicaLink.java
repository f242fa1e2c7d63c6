package io.flotilla.raft.transport.grpc;

import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.raft.transport.ReplicaLimits;
import io.flotilla.raft.transport.ReplicaStreams;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientConnection;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The streams of one kind to one node: makes a connection when there is something to ask, and ends
/// it when there has been nothing for a while, or when the node shows no sign of life.
final class ReplicaLink {
  private static final Logger LOG = LoggerFactory.getLogger(ReplicaLink.class);

  /// Signs of life wait behind the bytes of answers.
  private static final int PATIENCE = LinkSettings.Timing.SNAPSHOT_PATIENCE;

  /// Whom a link leads to.
  record Target(NodeId node, ReplicaStreams.Kind kind) {}

  private final Vertx vertx;
  private final LinkSettings settings;
  private final ReplicaLimits limits;
  private final Target target;
  private final Dialer dialer;
  // in the order of asking
  private final Set<AskedStream> streams = new LinkedHashSet<>();
  private List<PeerUrl> urls;
  private Dialer.@Nullable Attempt attempt;
  private @Nullable HttpClientConnection connection;
  private String lastReason = "";
  private long timer = -1;
  private int unansweredPings;
  private boolean pinging;
  private long idleSinceNanos;
  private boolean closed;

  /// What all links of a node share.
  record Parts(Vertx vertx, LinkSettings settings, ReplicaLimits limits, Dialer dialer) {}

  ReplicaLink(Parts parts, Target target, List<PeerUrl> urls) {
    this.vertx = parts.vertx();
    this.settings = parts.settings();
    this.limits = parts.limits();
    this.dialer = parts.dialer();
    this.target = target;
    this.urls = urls;
  }

  NodeId node() {
    return target.node();
  }

  Vertx vertx() {
    return vertx;
  }

  Handshake handshake() {
    return new Handshake(settings.clusterId(), settings.self());
  }

  ReplicaLimits limits() {
    return limits;
  }

  /// For the attempts from now on.
  void setUrls(List<PeerUrl> urls) {
    this.urls = urls;
  }

  // ------------------------------------------------------------------- asking

  void ask(AskedStream stream) {
    if (closed) {
      stream.failSoon(new Rejection.Stopped());
      return;
    }
    if (streams.size() >= limits.asked()) {
      stream.failSoon(new Rejection.TooManyRequests());
      return;
    }
    streams.add(stream);
    HttpClientConnection open = connection;
    if (open != null) {
      stream.begin(open, target.kind());
    } else if (attempt == null) {
      attempt = dialer.dial(urls, this::onConnected, this::onUnreachable);
    }
  }

  private void onConnected(HttpClientConnection made) {
    attempt = null;
    connection = made;
    lastReason = "";
    unansweredPings = 0;
    pinging = false;
    idleSinceNanos = System.nanoTime();
    made.closeHandler(_ -> onLost(made, "the connection was closed"));
    made.exceptionHandler(failure -> onLost(made, String.valueOf(failure.getMessage())));
    List.copyOf(streams).forEach(stream -> stream.begin(made, target.kind()));
    ping(made);
  }

  private void onUnreachable(String reason) {
    attempt = null;
    complain(reason, null);
    failAll(new Rejection.NoLeader());
  }

  /// A stream has come to its end.
  void onEnded(AskedStream stream) {
    streams.remove(stream);
    if (streams.isEmpty()) {
      idleSinceNanos = System.nanoTime();
    }
  }

  /// What one side has against the other, or why the connection ended; said once, not each time.
  void complain(String reason, @Nullable Refusal refusal) {
    if (closed || reason.equals(lastReason)) {
      return;
    }
    lastReason = reason;
    LOG.atWarn()
        .addKeyValue("event", refusal == null ? "replicas-unreachable" : "replicas-refused")
        .addKeyValue("peer", target.node())
        .addKeyValue("kind", target.kind())
        .addKeyValue("urls", urls)
        .addKeyValue("reason", reason)
        .log("the replicas of a node cannot be asked");
  }

  private void onLost(HttpClientConnection lost, String reason) {
    if (connection != lost) {
      return;
    }
    boolean inUse = !streams.isEmpty();
    letGo(lost);
    if (inUse) {
      complain(reason, null);
      failAll(new Rejection.NoLeader());
    }
  }

  private void letGo(HttpClientConnection gone) {
    connection = null;
    vertx.cancelTimer(timer);
    gone.close();
  }

  private void failAll(Rejection why) {
    List<AskedStream> failed = new ArrayList<>(streams);
    failed.forEach(stream -> stream.fail(why));
  }

  // ------------------------------------------------------------------- signs of life

  /// The node said something.
  void onSign() {
    unansweredPings = 0;
  }

  private void ping(HttpClientConnection current) {
    if (connection != current) {
      return;
    }
    if (unansweredPings >= settings.timing().patientPings() * PATIENCE) {
      onLost(current, "the node is silent");
      return;
    }
    boolean idle = System.nanoTime() - idleSinceNanos >= limits.idleMillis() * 1_000_000L;
    if (streams.isEmpty() && idle) {
      letGo(current);
      return;
    }
    unansweredPings++;
    if (!pinging) {
      pinging = true;
      current
          .ping(Buffer.buffer(Long.BYTES).appendLong(unansweredPings))
          .onComplete(answer -> onPong(current, answer.succeeded()));
    }
    timer = vertx.setTimer(settings.timing().pingMillis(), _ -> ping(current));
  }

  private void onPong(HttpClientConnection current, boolean answered) {
    if (connection == current) {
      pinging = false;
      unansweredPings = answered ? 0 : unansweredPings;
    }
  }

  // ------------------------------------------------------------------- end

  /// Ends all streams.
  Future<Void> close(Rejection why) {
    closed = true;
    if (attempt != null) {
      attempt.abandon();
      attempt = null;
    }
    failAll(why);
    HttpClientConnection last = connection;
    connection = null;
    vertx.cancelTimer(timer);
    return last == null ? Future.succeededFuture() : last.close().otherwiseEmpty();
  }
}
