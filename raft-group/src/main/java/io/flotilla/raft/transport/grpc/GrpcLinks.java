package io.flotilla.raft.transport.grpc;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.NodeId;
import io.flotilla.base.tls.TlsStore;
import io.flotilla.proto.peer.DescribeReply;
import io.flotilla.proto.peer.DescribeRequest;
import io.flotilla.proto.peer.Frame;
import io.flotilla.proto.peer.PeerGrpcClient;
import io.flotilla.raft.transport.PeerLinks;
import io.flotilla.raft.transport.PeerMetrics;
import io.flotilla.raft.transport.ReplicaLimits;
import io.flotilla.raft.transport.ReplicaStreams;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.grpc.client.GrpcClient;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// [PeerLinks] over gRPC. Belongs to the event loop on which it is made: sockets, timers and the
/// listener are there.
public final class GrpcLinks implements PeerLinks {
  private final Vertx vertx;
  private final LinkSettings settings;
  private final PeerMetrics metrics;
  private final RandomGenerator random;
  private final Dialer dialer;
  private final PeerServer server;
  private final Home home = new Home();
  private final Map<NodeId, Map<Lane, PeerLink>> links = new TreeMap<>();
  private final PeerDirectory directory;
  private @Nullable Listener listener;
  private @Nullable GrpcReplicaStreams streams;
  private Runnable unfollow = () -> {};
  private @Nullable Future<Void> closing;

  /// What links need from outside.
  ///
  /// @param random spreads attempts to connect
  public record Ports(
      Vertx vertx, NameLookup names, PeerDirectory directory, RandomGenerator random) {}

  /// On the event loop that is to own the links.
  public GrpcLinks(LinkSettings settings, Ports ports, PeerMetrics metrics) {
    this.vertx = ports.vertx();
    check(vertx.getOrCreateContext().isEventLoopContext(), "links belong to an event loop");
    this.settings = settings;
    this.metrics = metrics;
    this.random = ports.random();
    this.directory = ports.directory();
    int connectMillis = settings.timing().connectMillis();
    this.dialer = new Dialer(vertx, ports.names(), settings.tls(), connectMillis);
    this.server = new PeerServer(vertx, settings, ports.directory(), home);
  }

  // ------------------------------------------------------------------- the server

  /// Opens the peer port on all of these URLs; [#listen] comes first. Streams of other nodes are
  /// taken from then on. Fails if one of them cannot be listened on.
  ///
  /// @param urls `http://host:port` or `https://host:port`; port 0 is any free one
  public Future<Void> open(List<String> urls) {
    checkListening();
    followRenewals();
    return server.listen(urls.stream().map(PeerUrl::parse).toList());
  }

  /// Calls look at the certificates when they begin; a listener has to be told.
  private void followRenewals() {
    TlsStore tls = settings.tls();
    if (tls != null) {
      Context loop = vertx.getOrCreateContext();
      unfollow = tls.onRenewed(() -> loop.runOnContext(_ -> server.renew()));
    }
  }

  /// Of the URLs listened on, in their order.
  public List<Integer> ports() {
    return server.ports();
  }

  /// The streams between the replicas of this node and others, over the same ports; made once,
  /// before [#open] and before [#follow]. They end with the links.
  public ReplicaStreams replicaStreams(ReplicaLimits limits) {
    check(streams == null && links.isEmpty(), "streams between replicas are made once, at first");
    var parts = new ReplicaLink.Parts(vertx, settings, limits, dialer);
    var made = new GrpcReplicaStreams(parts, directory::wasRemoved);
    server.serve(made);
    streams = made;
    return made;
  }

  // ------------------------------------------------------------------- the port

  @Override
  public void listen(Listener listener) {
    check(this.listener == null, "links have one listener");
    this.listener = listener;
  }

  private Listener checkListening() {
    check(listener != null, "somebody listens to links before they are used");
    return listener;
  }

  /// {@inheritDoc}
  ///
  /// @throws IllegalArgumentException when a URL is none of a peer; nothing has changed then
  @Override
  public void follow(Map<NodeId, List<String>> peerUrls) {
    checkListening();
    if (closing != null) {
      return;
    }
    Map<NodeId, List<PeerUrl>> wanted = new TreeMap<>();
    peerUrls.forEach((node, urls) -> wanted.put(node, urls.stream().map(PeerUrl::parse).toList()));
    check(!wanted.containsKey(settings.self()), "a node has no link to itself");
    Set<NodeId> gone = new HashSet<>(links.keySet());
    gone.removeAll(wanted.keySet());
    gone.forEach(this::letGo);
    wanted.forEach(this::keep);
    if (streams != null) {
      streams.follow(wanted);
    }
    server.turnRemovedAway();
  }

  private void keep(NodeId node, List<PeerUrl> urls) {
    Map<Lane, PeerLink> known = links.get(node);
    if (known != null) {
      known.values().forEach(link -> link.setUrls(urls));
      return;
    }
    Map<Lane, PeerLink> made = new EnumMap<>(Lane.class);
    for (Lane lane : Lane.values()) {
      var target = new PeerLink.Target(node, lane, urls);
      made.put(lane, new PeerLink(vertx, settings, metrics, target, home));
    }
    links.put(node, made);
    made.values().forEach(PeerLink::connect);
  }

  private void letGo(NodeId node) {
    for (PeerLink link : links.remove(node).values()) {
      boolean wasUp = link.isUp();
      link.close();
      if (wasUp) {
        checkListening().onDown(node, link.lane());
      }
    }
  }

  private @Nullable PeerLink link(NodeId node, Lane lane) {
    Map<Lane, PeerLink> lanes = links.get(node);
    return lanes == null ? null : lanes.get(lane);
  }

  @Override
  public boolean send(NodeId to, Lane lane, Frame frame) {
    PeerLink link = link(to, lane);
    return link != null && link.send(frame);
  }

  @Override
  public boolean isWritable(NodeId to, Lane lane) {
    PeerLink link = link(to, lane);
    return link != null && link.isWritable();
  }

  /// Sends what was taken, then closes all connections and the peer port. The listener hears
  /// nothing more.
  @Override
  public void close() {
    if (closing != null) {
      return;
    }
    List<Future<Void>> ends = new ArrayList<>();
    links.values().forEach(lanes -> lanes.values().forEach(link -> ends.add(link.close())));
    links.clear();
    if (streams != null) {
      ends.add(streams.close());
    }
    unfollow.run();
    closing = Future.join(ends).eventually(server::close).eventually(dialer::close).mapEmpty();
  }

  /// Completes when [#close] is done.
  public Future<Void> closed() {
    return closing == null ? Promise.<Void>promise().future() : closing;
  }

  /// Whom links and server tell.
  private final class Home implements PeerLink.Home, PeerServer.Sink {
    @Override
    public Dialer dialer() {
      return dialer;
    }

    @Override
    public Backoff backoff() {
      var timing = settings.timing();
      return new Backoff(timing.retryMinMillis(), timing.retryMaxMillis(), random);
    }

    @Override
    public void onUp(PeerLink link) {
      checkListening().onUp(link.node(), link.lane());
    }

    @Override
    public void onDown(PeerLink link) {
      checkListening().onDown(link.node(), link.lane());
    }

    @Override
    public void onRoom(PeerLink link) {
      checkListening().onWritable(link.node(), link.lane());
    }

    @Override
    public void onRemoved() {
      checkListening().onRemoved();
    }

    /// It has just come up, so the way to it may be open, too.
    @Override
    public void onPresent(NodeId node) {
      Map<Lane, PeerLink> lanes = links.get(node);
      if (lanes != null) {
        lanes.values().forEach(PeerLink::connect);
      }
    }

    @Override
    public void onFrame(NodeId from, Lane lane, Frame frame) {
      checkListening().onFrame(from, lane, frame);
    }
  }

  // ------------------------------------------------------------------- asking

  /// Asks the node at a URL who belongs to its cluster, for a node that does not belong to it yet.
  /// Any context.
  ///
  /// @param tls null for `http`
  /// @param timeoutMillis for each of connecting and answering
  public static Future<DescribeReply> describe(
      Vertx vertx, NameLookup names, String url, @Nullable TlsStore tls, int timeoutMillis) {
    PeerUrl parsed;
    try {
      parsed = PeerUrl.parse(url);
    } catch (IllegalArgumentException malformed) {
      return Future.failedFuture(malformed);
    }
    var dialer = new Dialer(vertx, names, tls, timeoutMillis);
    Promise<HttpClientConnection> connected = Promise.promise();
    dialer.dial(List.of(parsed), connected::complete, connected::fail);
    return connected
        .future()
        .compose(connection -> ask(vertx, connection))
        .timeout(3L * timeoutMillis, TimeUnit.MILLISECONDS)
        .eventually(dialer::close);
  }

  private static Future<DescribeReply> ask(Vertx vertx, HttpClientConnection connection) {
    return GrpcClient.client(vertx, connection)
        .request(PeerGrpcClient.Describe)
        .compose(
            request -> {
              request.end(DescribeRequest.getDefaultInstance());
              return request.response();
            })
        .compose(response -> response.last())
        .eventually(connection::close);
  }
}
