package io.flotilla.raft.transport.grpc;

import static io.flotilla.base.Invariants.check;

import com.google.protobuf.ByteString;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.peer.ReplicasGrpcService;
import io.flotilla.proto.peer.StreamPart;
import io.flotilla.proto.peer.StreamRequest;
import io.flotilla.raft.transport.ReplicaStreams;
import io.flotilla.raft.transport.StreamAnswers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// [ReplicaStreams] over the peer ports. Belongs to the loop of the links.
final class GrpcReplicaStreams implements ReplicaStreams {
  private static final Logger LOG = LoggerFactory.getLogger(GrpcReplicaStreams.class);

  /// Nobody waits longer, whatever a question says.
  private static final long MAX_TIMEOUT_MILLIS = 3_600_000;

  private final ReplicaLink.Parts parts;
  private final Predicate<NodeId> removed;
  private final Server server = new Server();
  private final Map<Kind, Handler> handlers = new EnumMap<>(Kind.class);
  private final Map<NodeId, Map<Kind, ReplicaLink>> links = new TreeMap<>();
  private Map<NodeId, List<PeerUrl>> urls = Map.of();
  private boolean closed;

  /// @param removed says who is no longer of the cluster
  GrpcReplicaStreams(ReplicaLink.Parts parts, Predicate<NodeId> removed) {
    this.parts = parts;
    this.removed = removed;
  }

  void register(GrpcServer grpc) {
    grpc.callHandler(ReplicasGrpcService.Read, request -> server.open(Kind.READ, request));
    grpc.callHandler(ReplicasGrpcService.Follow, request -> server.open(Kind.FOLLOW, request));
    grpc.callHandler(ReplicasGrpcService.Copy, request -> server.open(Kind.COPY, request));
  }

  /// Where nodes are reached from now on.
  void follow(Map<NodeId, List<PeerUrl>> wanted) {
    urls = Map.copyOf(wanted);
    for (NodeId node : List.copyOf(links.keySet())) {
      List<PeerUrl> now = urls.get(node);
      if (now == null) {
        links.remove(node).values().forEach(link -> link.close(new Rejection.NoLeader()));
      } else {
        links.get(node).values().forEach(link -> link.setUrls(now));
      }
    }
    server.turnRemovedAway();
  }

  // ------------------------------------------------------------------- asking

  @Override
  public Handle open(
      Kind kind, NodeId node, ByteString request, long deadlineNanos, Listener listener) {
    check(!node.equals(parts.settings().self()), "nobody asks itself");
    ReplicaLink link = link(node, kind);
    var stream = new AskedStream(link, new AskedStream.Question(request, deadlineNanos), listener);
    stream.watchDeadline();
    if (request.size() > parts.limits().partBytes()) {
      stream.failSoon(new Rejection.RequestTooLarge());
    } else if (!urls.containsKey(node)) {
      stream.failSoon(closed ? new Rejection.Stopped() : new Rejection.NoLeader());
    } else {
      link.ask(stream);
    }
    return stream;
  }

  /// The link to a node that is not followed leads nowhere and is not kept.
  private ReplicaLink link(NodeId node, Kind kind) {
    List<PeerUrl> known = urls.get(node);
    if (known == null) {
      return new ReplicaLink(parts, new ReplicaLink.Target(node, kind), List.of());
    }
    return links
        .computeIfAbsent(node, _ -> new EnumMap<>(Kind.class))
        .computeIfAbsent(
            kind, _ -> new ReplicaLink(parts, new ReplicaLink.Target(node, kind), known));
  }

  @Override
  public Future<ByteString> read(NodeId node, ByteString request, long deadlineNanos) {
    var answer = new StreamAnswers.Gathering(parts.limits().answerBytes());
    Handle stream = open(Kind.READ, node, request, deadlineNanos, answer);
    answer.cancelWith(stream::cancel);
    return answer.whole();
  }

  // ------------------------------------------------------------------- answering

  @Override
  public void serve(Kind kind, Handler handler) {
    check(handlers.put(kind, handler) == null, "a kind of streams has one handler");
  }

  private final class Server implements ServedStream.Owner {
    private final Set<ServedStream> streams = new LinkedHashSet<>();

    void open(Kind kind, GrpcServerRequest<StreamRequest, StreamPart> request) {
      var stream = new ServedStream(request, kind, parts.limits(), this);
      streams.add(stream);
      stream.open();
      vertx()
          .setTimer(
              parts.settings().timing().connectMillis(),
              _ -> {
                if (stream.from() == null) {
                  stream.cutOff();
                }
              });
    }

    @Override
    public Handshake handshake() {
      return new Handshake(parts.settings().clusterId(), parts.settings().self());
    }

    @Override
    public boolean wasRemoved(NodeId node) {
      return removed.test(node);
    }

    @Override
    public void onAsked(ServedStream stream, StreamRequest request) {
      NodeId from = stream.from();
      Handler handler = handlers.get(stream.kind());
      if (closed || from == null) {
        stream.cutOff();
      } else if (handler == null) {
        stream.refuse(new Rejection.NoLeader());
      } else if (streams.size() > parts.limits().served()) {
        LOG.atDebug().addKeyValue("from", from).log("too many streams are asked for");
        stream.refuse(new Rejection.TooManyRequests());
      } else {
        handler.handle(from, request.getBody(), deadlineNanos(request), stream);
      }
    }

    private static long deadlineNanos(StreamRequest request) {
      long asked = request.getTimeoutMillis();
      if (asked == 0) {
        return NO_DEADLINE;
      }
      boolean sane = asked > 0 && asked < MAX_TIMEOUT_MILLIS;
      return System.nanoTime() + (sane ? asked : MAX_TIMEOUT_MILLIS) * 1_000_000;
    }

    @Override
    public void onEnded(ServedStream stream) {
      streams.remove(stream);
    }

    /// Tells those that were removed meanwhile.
    void turnRemovedAway() {
      for (ServedStream stream : List.copyOf(streams)) {
        NodeId from = stream.from();
        if (from != null && removed.test(from)) {
          stream.turnAway(Refusal.REMOVED);
        }
      }
    }

    void close() {
      List.copyOf(streams).forEach(ServedStream::cutOff);
    }
  }

  private Vertx vertx() {
    return parts.vertx();
  }

  // ------------------------------------------------------------------- end

  /// Ends all streams, those asked for and those served.
  Future<Void> close() {
    closed = true;
    List<Future<Void>> ends = new ArrayList<>();
    for (Map<Kind, ReplicaLink> kinds : links.values()) {
      kinds.values().forEach(link -> ends.add(link.close(new Rejection.Stopped())));
    }
    links.clear();
    urls = Map.of();
    server.close();
    return Future.join(ends).mapEmpty();
  }
}
