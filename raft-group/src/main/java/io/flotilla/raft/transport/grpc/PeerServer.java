package io.flotilla.raft.transport.grpc;

import io.flotilla.base.NodeId;
import io.flotilla.base.tls.TlsStore;
import io.flotilla.proto.command.Membership;
import io.flotilla.proto.peer.DescribeReply;
import io.flotilla.proto.peer.DescribeRequest;
import io.flotilla.proto.peer.Frame;
import io.flotilla.proto.peer.PeerGrpcService;
import io.flotilla.raft.transport.PeerLinks.Lane;
import io.flotilla.raft.transport.tls.RefusedHandshakes;
import io.flotilla.raft.transport.tls.SocketTls;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.Http2Settings;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.grpc.common.GrpcHeaderNames;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// The peer port: takes the streams of other nodes, one per node and lane, and answers who asks
/// about the cluster.
final class PeerServer implements InboundStream.Owner {
  private static final Logger LOG = LoggerFactory.getLogger(PeerServer.class);

  /// What a node may send on a stream before it is read.
  private static final int WINDOW_BYTES = 4 * 1024 * 1024;

  private static final int HTTP2_FRAME_BYTES = 256 * 1024;
  private static final int MAX_STREAMS = 512;
  private static final int MIN_IDLE_MILLIS = 10_000;

  /// Stands for the encoding of a request that names none: a message that then says that it is
  /// compressed would be an error inside the library.
  private static final String UNNAMED = "unnamed";

  /// Told on the loop.
  interface Sink {
    /// A node that may talk to us has connected.
    void onPresent(NodeId node);

    void onFrame(NodeId from, Lane lane, Frame frame);
  }

  private record Place(NodeId node, Lane lane) {}

  private final Vertx vertx;
  private final LinkSettings settings;
  private final PeerDirectory directory;
  private final Sink sink;
  private final Handshake handshake;
  private final PlainPages pages;
  private final GrpcServer grpc;
  private final List<HttpServer> listeners = new ArrayList<>();
  private final List<PeerUrl> urls = new ArrayList<>();
  private final RefusedHandshakes refused = new RefusedHandshakes();
  private final Map<Place, InboundStream> streams = new LinkedHashMap<>();
  private boolean closed;

  PeerServer(Vertx vertx, LinkSettings settings, PeerDirectory directory, Sink sink) {
    this.vertx = vertx;
    this.settings = settings;
    this.directory = directory;
    this.sink = sink;
    this.handshake = new Handshake(settings.clusterId(), settings.self());
    this.pages = new PlainPages(directory);
    var options = new GrpcServerOptions().setMaxMessageSize(settings.bounds().maxFrameBytes());
    this.grpc = GrpcServer.server(vertx, options);
    grpc.callHandler(PeerGrpcService.Exchange, request -> open(Lane.MESSAGES, request));
    grpc.callHandler(PeerGrpcService.Transfer, request -> open(Lane.SNAPSHOTS, request));
    grpc.callHandler(PeerGrpcService.Describe, this::describe);
  }

  /// Takes the questions to replicas, too.
  void serve(GrpcReplicaStreams replicas) {
    replicas.register(grpc);
  }

  // ------------------------------------------------------------------- listening

  /// Succeeds when all URLs are listened on; port 0 is any free one.
  Future<Void> listen(List<PeerUrl> urls) {
    List<Future<HttpServer>> starting = urls.stream().map(this::listen).toList();
    return Future.all(starting).mapEmpty();
  }

  private Future<HttpServer> listen(PeerUrl url) {
    if (url.tls() && settings.tls() == null) {
      return Future.failedFuture(url + " needs TLS, which this node has no certificates for");
    }
    HttpServer server = vertx.createHttpServer(options(url));
    listeners.add(server);
    urls.add(url);
    return server
        .requestHandler(this::route)
        .exceptionHandler(fault -> refused.tell(LOG, "peer", url.toString(), fault))
        .listen(url.port(), url.host())
        .onSuccess(
            started ->
                LOG.atInfo()
                    .addKeyValue("event", "peer-listening")
                    .addKeyValue("url", url)
                    .addKeyValue("port", started.actualPort())
                    .log("listening for other nodes"));
  }

  /// In the order of the URLs.
  List<Integer> ports() {
    return listeners.stream().map(HttpServer::actualPort).toList();
  }

  private HttpServerOptions options(PeerUrl url) {
    var http2 =
        new Http2Settings()
            .setInitialWindowSize(WINDOW_BYTES)
            .setMaxFrameSize(HTTP2_FRAME_BYTES)
            .setMaxConcurrentStreams(MAX_STREAMS);
    var timing = settings.timing();
    var options =
        new HttpServerOptions()
            .setInitialSettings(http2)
            .setHttp2ConnectionWindowSize(WINDOW_BYTES)
            .setIdleTimeout(Math.max(MIN_IDLE_MILLIS, 10 * timing.silenceMillis()))
            .setIdleTimeoutUnit(TimeUnit.MILLISECONDS)
            .setTcpNoDelay(true)
            .setTcpKeepAlive(true);
    TlsStore tls = settings.tls();
    if (url.tls() && tls != null) {
      SocketTls.serve(tls, timing.connectMillis(), options);
    }
    return options;
  }

  /// Handshakes from now on are with the certificates that the files hold now. On the loop.
  void renew() {
    TlsStore tls = settings.tls();
    if (tls == null || closed) {
      return;
    }
    for (int i = 0; i < listeners.size(); i++) {
      if (urls.get(i).tls()) {
        listeners
            .get(i)
            .updateSSLOptions(SocketTls.server(tls, settings.timing().connectMillis()), true)
            .onFailure(failure -> LOG.atError().setCause(failure).log("certificates not renewed"));
      }
    }
  }

  private void route(HttpServerRequest request) {
    String type = request.getHeader("content-type");
    if (type == null || !type.startsWith("application/grpc")) {
      pages.answer(request);
      return;
    }
    MultiMap headers = request.headers();
    if (!headers.contains(GrpcHeaderNames.GRPC_ENCODING)) {
      headers.set(GrpcHeaderNames.GRPC_ENCODING, UNNAMED);
    }
    grpc.handle(request);
  }

  // ------------------------------------------------------------------- streams

  private void open(Lane lane, GrpcServerRequest<Frame, Frame> request) {
    var stream = new InboundStream(handshake, directory::wasRemoved, lane, request, this);
    stream.open();
    vertx.setTimer(
        settings.timing().connectMillis(),
        _ -> {
          if (stream.from() == null && !stream.hasEnded()) {
            stream.close();
          }
        });
  }

  /// The newest stream of a node counts: the one before is of a connection that it lost, or of a
  /// process before.
  @Override
  public void onGreeted(InboundStream stream, NodeId from) {
    InboundStream before = streams.put(new Place(from, stream.lane()), stream);
    if (before != null) {
      before.close();
    }
    sink.onPresent(from);
  }

  @Override
  public void onFrame(NodeId from, Lane lane, Frame frame) {
    if (!closed) {
      sink.onFrame(from, lane, frame);
    }
  }

  @Override
  public void onEnded(InboundStream stream) {
    NodeId from = stream.from();
    if (from != null) {
      streams.remove(new Place(from, stream.lane()), stream);
    }
  }

  /// Tells those that were removed meanwhile.
  void turnRemovedAway() {
    for (Map.Entry<Place, InboundStream> entry : List.copyOf(streams.entrySet())) {
      if (directory.wasRemoved(entry.getKey().node())) {
        entry.getValue().refuse(Refusal.REMOVED);
      }
    }
  }

  private void describe(GrpcServerRequest<DescribeRequest, DescribeReply> request) {
    request.handler(
        _ -> {
          Membership all = directory.members();
          var reply =
              DescribeReply.newBuilder()
                  .setClusterId(all.getClusterId())
                  .setMembers(all.toByteString());
          request.response().end(reply.build());
        });
  }

  // ------------------------------------------------------------------- end

  Future<Void> close() {
    closed = true;
    streams.clear();
    return Future.join(listeners.stream().map(HttpServer::close).toList()).mapEmpty();
  }
}
