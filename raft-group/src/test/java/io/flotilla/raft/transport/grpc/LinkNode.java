package io.flotilla.raft.transport.grpc;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.NodeId;
import io.flotilla.base.tls.TlsStore;
import io.flotilla.proto.command.Member;
import io.flotilla.proto.command.Membership;
import io.flotilla.proto.peer.Frame;
import io.flotilla.proto.peer.Reply;
import io.flotilla.raft.transport.PeerLinks;
import io.flotilla.raft.transport.PeerMetrics;
import io.flotilla.raft.transport.ReplicaLimits;
import io.flotilla.raft.transport.ReplicaStreams;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Context;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.VerticleBase;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/// Links of one node on an event loop of their own. What the listener hears is text in a queue, in
/// which a test looks for what it waits for.
final class LinkNode extends VerticleBase implements PeerLinks.Listener, PeerDirectory {
  static final long CLUSTER = 0xc1;
  static final LinkSettings.Timing TIMING = new LinkSettings.Timing(50, 2_000, 5_000, 5, 50);
  static final LinkSettings.Bounds BOUNDS =
      new LinkSettings.Bounds(2_000_000, 1_000_000, 4_000_000);

  static final ReplicaLimits REPLICAS =
      new ReplicaLimits(3_000_000, 20_000_000, 500_000, 4_000_000, 4, 6, 300);

  /// What does not come within this does not come.
  private static final int PATIENCE_SECONDS = 20;

  final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  final BlockingQueue<String> events = new LinkedBlockingQueue<>();
  final Set<NodeId> removed = ConcurrentHashMap.newKeySet();
  final AtomicInteger frames = new AtomicInteger();
  final List<Throwable> escaped = Collections.synchronizedList(new ArrayList<>());
  private final LinkSettings settings;
  private final List<String> urls;
  private final NameLookup names;
  private final Promise<Context> started = Promise.promise();
  private @Nullable GrpcLinks links;
  private @Nullable ReplicaStreams streams;
  private @Nullable String deployment;
  private @Nullable Thread loop;

  /// @param urls to listen on
  LinkNode(LinkSettings settings, NameLookup names, String... urls) {
    this.settings = settings;
    this.names = names;
    this.urls = List.of(urls);
  }

  /// A node on a free port, without TLS.
  static LinkNode start(Vertx vertx, int id) {
    return start(vertx, settings(id, TIMING, null));
  }

  static LinkNode start(Vertx vertx, LinkSettings settings) {
    String scheme = settings.tls() == null ? "http" : "https";
    return start(vertx, settings, scheme + "://127.0.0.1:0");
  }

  static LinkNode start(Vertx vertx, LinkSettings settings, String... urls) {
    NameLookup asIs = host -> Future.succeededFuture(List.of(host));
    return new LinkNode(settings, asIs, urls).deploy(vertx);
  }

  LinkNode deploy(Vertx vertx) {
    deployment = await(vertx.deployVerticle(this));
    return this;
  }

  static LinkSettings settings(int id, LinkSettings.Timing timing, @Nullable TlsStore tls) {
    return new LinkSettings(CLUSTER, new NodeId(id), timing, BOUNDS, tls);
  }

  @Override
  public Future<?> start() {
    context.exceptionHandler(escaped::add);
    loop = Thread.currentThread();
    var ports = new GrpcLinks.Ports(vertx, names, this, new SplittableRandom(1));
    var made = new GrpcLinks(settings, ports, new PeerMetrics(registry, settings.self()));
    streams = made.replicaStreams(REPLICAS);
    made.listen(this);
    links = made;
    started.complete(context);
    return made.open(urls);
  }

  @Override
  public Future<?> stop() {
    links().close();
    return links().closed();
  }

  /// All connections and the port are closed when this returns.
  void shutDown() {
    await(vertx.undeploy(deployment));
  }

  // ------------------------------------------------------------------- use

  NodeId id() {
    return settings.self();
  }

  GrpcLinks links() {
    if (links == null) {
      throw new AssertionError("the node has not started");
    }
    return links;
  }

  ReplicaStreams streams() {
    if (streams == null) {
      throw new AssertionError("the node has not started");
    }
    return streams;
  }

  int port() {
    return run(() -> links().ports().getFirst());
  }

  String url() {
    return (settings.tls() == null ? "http" : "https") + "://127.0.0.1:" + port();
  }

  /// Follows these nodes, each at its own URL.
  void follow(LinkNode... others) {
    Map<NodeId, List<String>> wanted = new TreeMap<>();
    Arrays.stream(others).forEach(other -> wanted.put(other.id(), List.of(other.url())));
    follow(wanted);
  }

  void follow(Map<NodeId, List<String>> wanted) {
    run(
        () -> {
          links().follow(wanted);
          return true;
        });
  }

  boolean send(LinkNode to, PeerLinks.Lane lane, String text) {
    return run(() -> links().send(to.id(), lane, frame(ByteString.copyFromUtf8(text))));
  }

  static Frame frame(ByteString bytes) {
    return Frame.newBuilder().addReplies(Reply.newBuilder().setResponse(bytes)).build();
  }

  /// Runs on the loop and waits for it.
  <T> T run(Supplier<T> task) {
    Promise<T> promise = Promise.promise();
    started
        .future()
        .result()
        .runOnContext(
            _ -> {
              try {
                promise.complete(task.get());
              } catch (RuntimeException | AssertionError failure) {
                promise.fail(failure);
              }
            });
    return await(promise.future());
  }

  static <T> T await(Future<T> future) {
    try {
      var stage = future.toCompletionStage().toCompletableFuture();
      return stage.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (Exception failure) {
      throw new AssertionError("the future did not succeed", failure);
    }
  }

  /// Waits until the listener has heard all of these, in any order, and forgets what came before
  /// the last of them.
  void await(String... wanted) {
    var missing = new ArrayList<>(List.of(wanted));
    var seen = new ArrayList<String>();
    while (!missing.isEmpty()) {
      String event = next();
      seen.add(event);
      missing.remove(event);
      assertThat(event).as("awaiting %s after %s", missing, seen).isNotEmpty();
    }
  }

  /// The next event; empty if there is none for long.
  String next() {
    try {
      String event = events.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
      return event == null ? "" : event;
    } catch (InterruptedException interrupted) {
      throw new AssertionError(interrupted);
    }
  }

  /// Until both lanes to these nodes are up.
  void awaitUp(LinkNode... others) {
    var wanted = new ArrayList<String>();
    for (LinkNode other : others) {
      wanted.add("up " + other.id() + " MESSAGES");
      wanted.add("up " + other.id() + " SNAPSHOTS");
    }
    await(wanted.toArray(String[]::new));
  }

  // ------------------------------------------------------------------- what is heard

  @Override
  public void onFrame(NodeId from, PeerLinks.Lane lane, Frame frame) {
    ByteString bytes = frame.getReplies(0).getResponse();
    String text = bytes.size() > 100 ? bytes.size() + " bytes" : bytes.toStringUtf8();
    frames.incrementAndGet();
    hear("frame of " + from + " " + lane + " " + text);
  }

  @Override
  public void onUp(NodeId node, PeerLinks.Lane lane) {
    hear("up " + node + " " + lane);
  }

  @Override
  public void onDown(NodeId node, PeerLinks.Lane lane) {
    hear("down " + node + " " + lane);
  }

  @Override
  public void onWritable(NodeId node, PeerLinks.Lane lane) {
    hear("room " + node + " " + lane);
  }

  @Override
  public void onRemoved() {
    hear("removed");
  }

  void hear(String event) {
    if (Thread.currentThread() != loop) {
      escaped.add(new AssertionError("not on the loop: " + event));
    }
    events.add(event);
  }

  // ------------------------------------------------------------------- what is known

  @Override
  public Membership members() {
    return Membership.newBuilder()
        .setClusterId(CLUSTER)
        .addMembers(
            Member.newBuilder()
                .setId(-1)
                .setName("a")
                .addPeerUrls("http://a:2380")
                .addClientUrls("http://a:2379"))
        .addMembers(Member.newBuilder().setId(2).addPeerUrls("http://b:2380").setIsLearner(true))
        .build();
  }

  @Override
  public boolean wasRemoved(NodeId node) {
    return removed.contains(node);
  }

  @Override
  public String versionJson() {
    return "{\"etcdserver\":\"3.7.1\",\"etcdcluster\":\"3.7.0\"}";
  }
}
