package io.flotilla.raft.transport.grpc;

import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.transport.PeerLinks.Lane;
import io.flotilla.raft.transport.PeerMetrics;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientConnection;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One lane to one node: keeps a connection up, makes it again when it breaks, and gives it up when
/// the other side shows no sign of life.
final class PeerLink implements LinkStream.Owner {
  private static final Logger LOG = LoggerFactory.getLogger(PeerLink.class);

  /// A busy connection that moved this much between two pings lives: its answers wait behind bytes.
  private static final long LIVELY_BYTES = 64 * 1024;

  /// What a link needs from those that made it. Told on the loop.
  interface Home {
    Dialer dialer();

    Backoff backoff();

    void onUp(PeerLink link);

    void onDown(PeerLink link);

    void onRoom(PeerLink link);

    void onRemoved();
  }

  private final Vertx vertx;
  private final LinkSettings settings;
  private final PeerMetrics metrics;
  private final NodeId node;
  private final Lane lane;
  private final Home home;
  private final Backoff backoff;
  private List<PeerUrl> urls;
  private @Nullable LinkStream stream;
  private Dialer.@Nullable Attempt attempt;
  private boolean up;
  private boolean closed;
  private long timer = -1;
  private String lastReason = "";
  private int unansweredPings;
  private long pingedAtNanos;
  private boolean pinging;
  private long writtenAtPing;

  PeerLink(Vertx vertx, LinkSettings settings, PeerMetrics metrics, Target target, Home home) {
    this.vertx = vertx;
    this.settings = settings;
    this.metrics = metrics;
    this.node = target.node();
    this.lane = target.lane();
    this.urls = target.urls();
    this.home = home;
    this.backoff = home.backoff();
  }

  /// Whom a link leads to.
  record Target(NodeId node, Lane lane, List<PeerUrl> urls) {}

  NodeId node() {
    return node;
  }

  Lane lane() {
    return lane;
  }

  // ------------------------------------------------------------------- connecting

  /// For the attempts from now on.
  void setUrls(List<PeerUrl> urls) {
    this.urls = urls;
  }

  /// Makes a connection unless there is one, or one is being made.
  void connect() {
    if (closed || stream != null || attempt != null) {
      return;
    }
    cancelTimer();
    attempt = home.dialer().dial(urls, this::onConnected, this::onUnreachable);
  }

  private void onConnected(HttpClientConnection connection) {
    attempt = null;
    var opened = new LinkStream(settings, node, connection, this);
    stream = opened;
    timer =
        vertx.setTimer(
            settings.timing().connectMillis(), _ -> opened.end("the node does not greet", null));
    opened.greet(vertx, lane);
  }

  private void onUnreachable(String reason) {
    attempt = null;
    complain(reason, null);
    retry();
  }

  private void retry() {
    if (!closed) {
      cancelTimer();
      timer = vertx.setTimer(backoff.nextMillis(), _ -> connect());
    }
  }

  private void cancelTimer() {
    vertx.cancelTimer(timer);
    timer = -1;
  }

  @Override
  public void onGreeted(LinkStream greeted) {
    cancelTimer();
    backoff.reset();
    lastReason = "";
    up = true;
    unansweredPings = 0;
    pinging = false;
    LOG.atInfo()
        .addKeyValue("event", "peer-connected")
        .addKeyValue("peer", node)
        .addKeyValue("lane", lane)
        .addKeyValue("address", greeted.connection().remoteAddress())
        .log("connected to a node");
    ping();
    home.onUp(this);
  }

  @Override
  public void onEnded(LinkStream ended, String reason, @Nullable Refusal refusal) {
    stream = null;
    boolean wasUp = up;
    up = false;
    complain(reason, refusal);
    retry();
    if (wasUp) {
      home.onDown(this);
    }
    if (refusal == Refusal.REMOVED) {
      home.onRemoved();
    }
  }

  /// Says once what is wrong, not with every attempt.
  private void complain(String reason, @Nullable Refusal refusal) {
    if (closed || reason.equals(lastReason)) {
      return;
    }
    lastReason = reason;
    LOG.atWarn()
        .addKeyValue("event", refusal == null ? "peer-disconnected" : "peer-refused")
        .addKeyValue("peer", node)
        .addKeyValue("lane", lane)
        .addKeyValue("urls", urls)
        .addKeyValue("reason", reason)
        .log("no connection to a node");
  }

  // ------------------------------------------------------------------- signs of life

  /// Asks for a sign of life and looks again a little later. What counts is how many looks went by
  /// without one, so a pause of this process is not taken for silence of the other.
  private void ping() {
    LinkStream current = stream;
    if (!up || current == null) {
      return;
    }
    if (unansweredPings >= patience()) {
      current.end("the node is silent", null);
      return;
    }
    writtenAtPing = current.writtenBytes();
    unansweredPings++;
    if (!pinging) {
      sendPing(current);
    }
    timer = vertx.setTimer(settings.timing().pingMillis(), _ -> onPingTime(current));
  }

  private int patience() {
    int pings = settings.timing().patientPings();
    return lane == Lane.SNAPSHOTS ? pings * LinkSettings.Timing.SNAPSHOT_PATIENCE : pings;
  }

  private void sendPing(LinkStream current) {
    pinging = true;
    pingedAtNanos = System.nanoTime();
    current
        .connection()
        .ping(Buffer.buffer(Long.BYTES).appendLong(pingedAtNanos))
        .onComplete(answer -> onPong(current, answer.succeeded()));
  }

  private void onPong(LinkStream current, boolean answered) {
    if (stream != current || !answered) {
      return;
    }
    pinging = false;
    unansweredPings = 0;
    if (lane == Lane.MESSAGES) {
      metrics.roundTrip(node, System.nanoTime() - pingedAtNanos);
    }
  }

  private void onPingTime(LinkStream current) {
    if (stream != current) {
      return;
    }
    boolean lively =
        current.queuedBytes() > 0 && current.writtenBytes() - writtenAtPing >= LIVELY_BYTES;
    if (lively) {
      unansweredPings = 0;
    }
    ping();
  }

  // ------------------------------------------------------------------- frames

  boolean send(Frame frame) {
    LinkStream current = stream;
    return up && current != null && current.send(frame);
  }

  boolean isWritable() {
    LinkStream current = stream;
    return up && current != null && current.isWritable();
  }

  @Override
  public void onRoom(LinkStream current) {
    if (up) {
      home.onRoom(this);
    }
  }

  boolean isUp() {
    return up;
  }

  /// Lets go of the node; nobody is told of anything any more. Completes when the connection is
  /// closed.
  Future<Void> close() {
    closed = true;
    up = false;
    cancelTimer();
    if (attempt != null) {
      attempt.abandon();
    }
    LinkStream last = stream;
    stream = null;
    return last == null ? Future.succeededFuture() : last.close();
  }
}
