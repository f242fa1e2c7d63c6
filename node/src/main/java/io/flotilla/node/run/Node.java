package io.flotilla.node.run;

import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.Scheduler;
import io.flotilla.node.cluster.Names;
import io.flotilla.node.config.NodeConfig;
import io.flotilla.node.fault.Faults;
import io.flotilla.node.metrics.NodeMetrics;
import io.flotilla.node.replica.Publication;
import io.flotilla.node.replica.RootReplica;
import io.flotilla.node.storage.Identity;
import io.flotilla.proto.command.MemberAttributes;
import io.flotilla.router.front.Front;
import io.flotilla.storage.file.NioDisk;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.WorkerExecutor;
import java.net.URI;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One node: everything that runs in this process, started in order and stopped in reverse.
///
/// First the node becomes a member: it talks to the others, votes and applies. When it has caught
/// up with a leader, clients are let in (etcd behaviour).
public final class Node implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);

  /// How a node ended that was told to, or that was no member any more.
  enum End {
    STOPPED,
    REMOVED
  }

  private final NodeConfig config;
  private final Clock clock = Clock.system();
  private final Closers closers = new Closers();
  private final CompletableFuture<End> end = new CompletableFuture<>();
  private final NodeMetrics metrics = new NodeMetrics(clock);
  private final Vertx vertx;
  private final WorkerExecutor storage;
  private final Certificates certificates;
  private final Identity identity;
  private final Replication replication;
  private volatile @Nullable Front front;

  /// Starts a member; does not wait for others.
  private Node(NodeConfig config, Disk disk, Consumer<Throwable> halt) {
    this.config = config;
    try {
      var directory = DataDirectory.open(disk, config.dataDir());
      closers.add(directory::close);
      closers.add(metrics::close);
      vertx =
          Vertx.vertx(
              new VertxOptions()
                  .setEventLoopPoolSize(config.eventLoops())
                  .setPreferNativeTransport(true));
      closers.add(() -> Awaited.await(vertx.close(), "stop the event loops"));
      reserveFirstTimer(vertx);
      storage = vertx.createSharedWorkerExecutor("storage", 2);
      certificates = Certificates.open(config);
      certificates.measure(metrics.meters());
      closers.add(certificates.watch(vertx, storage));
      var network = new Network(vertx, config, certificates.ofMembers());
      var names = Names.system(Beginning.NAME_PATIENCE);
      identity = new Beginning(config, network.probe(), names).identity(directory);
      var free = new FreeSpace(directory);
      closers.add(free.watch(vertx, storage));
      var ports =
          new Replication.Ports(
              vertx, disk, clock, network, metrics, free, halt, () -> end.complete(End.REMOVED));
      replication = new Replication(ports, config, identity, directory, closers);
      replication.listen();
    } catch (RuntimeException e) {
      closers.close();
      throw e;
    }
  }

  /// An HTTP client of Vert.x that keeps no idle connections has no timer, and cancels the one with
  /// the number 0 when it is closed. So nobody else gets that number.
  private static void reserveFirstTimer(Vertx vertx) {
    vertx.cancelTimer(vertx.setTimer(1, _ -> {}));
  }

  /// Starts a node and returns when it serves clients.
  ///
  /// @throws StartupException when it cannot start; nothing is left running
  public static Node start(NodeConfig config) {
    Node node = new Node(config, Faults.system().on(new NioDisk()), new Halt());
    try {
      node.serve();
      return node;
    } catch (RuntimeException e) {
      node.close();
      throw e;
    }
  }

  /// Runs a node until the process is told to stop, or until it is no member of its cluster any
  /// more; returns the exit status.
  ///
  /// @throws StartupException when the node cannot start
  public static int runUntilStopped(NodeConfig config) {
    Node node = new Node(config, Faults.system().on(new NioDisk()), new Halt());
    var ended = new CompletableFuture<Void>();
    var hook = new Thread(() -> stop(node, ended), "shutdown");
    Runtime.getRuntime().addShutdownHook(hook);
    try {
      node.serve();
    } catch (StartupException e) {
      if (!node.end.isDone()) {
        node.close();
        throw e;
      }
    }
    if (node.end.join() == End.REMOVED) {
      LOG.atError()
          .addKeyValue("event", "removed")
          .addKeyValue("member-id", node.identity.node())
          .addKeyValue("cluster-id", Long.toHexString(node.identity.clusterId()))
          .log(
              "the member has been permanently removed from the cluster; stopping. Delete the data"
                  + " directory before this node is added again");
      stop(node, ended);
    }
    ended.join();
    return 0;
  }

  private static void stop(Node node, CompletableFuture<Void> ended) {
    if (node.end.complete(End.STOPPED) || !ended.isDone()) {
      LOG.info("stopping");
      node.close();
      LOG.info("stopped");
      ended.complete(null);
    }
  }

  /// Waits for a leader, tells it where this member's clients connect, and lets them in.
  private void serve() {
    RootReplica root = replication.replicas().root();
    publish(root, replication.loop());
    awaitGroups();
    if (config.cluster().corruption().atStart()) {
      requireSound(root);
    }
    metrics.bind(
        config,
        new NodeMetrics.Sources(
            identity.node(), root.group()::status, root.machine()::facts, root::logCounters));
    Front opened =
        Awaited.await(
            NodeFront.start(
                new NodeFront.Ports(
                    vertx,
                    clock,
                    replication.loop(),
                    storage,
                    metrics.meters(),
                    certificates.ofClients(),
                    closers),
                config,
                replication.replicas()),
            "listen on " + config.listen().clientUrls() + " (--listen-client-urls)");
    closers.add(() -> Awaited.await(opened.stop(), "stop the front"));
    front = opened;
    LOG.atInfo()
        .addKeyValue("cluster-id", Long.toHexString(identity.clusterId()))
        .addKeyValue("member-id", identity.node())
        .addKeyValue("leader", root.group().status().leader())
        .addKeyValue("revision", root.machine().facts().revision())
        .addKeyValue("listening", listening(opened))
        .log("ready to serve client requests");
  }

  /// Blocks until the log has it, however long that takes, or until the node ends.
  private void publish(RootReplica root, Scheduler loop) {
    var attributes =
        MemberAttributes.newBuilder().setMemberId(identity.node().value()).setName(config.name());
    config.listen().advertiseClientUrls().forEach(url -> attributes.addClientUrls(url.toString()));
    var publication =
        new Publication(
            root.door(),
            clock,
            loop,
            config.timing().requestTimeout().toMillis(),
            reason ->
                LOG.atWarn()
                    .addKeyValue("event", "not-ready")
                    .addKeyValue("leader", root.group().status().leader())
                    .log("this member waits for the cluster before it serves: {}", reason));
    var heard = new CompletableFuture<@Nullable Void>();
    loop.execute(() -> publication.start(attributes.build()).onComplete(_ -> heard.complete(null)));
    try {
      CompletableFuture.anyOf(heard, end).join();
    } catch (CompletionException e) {
      throw new StartupException("could not publish this member: " + Reasons.of(e.getCause()));
    } finally {
      loop.execute(publication::stop);
    }
    if (!heard.isDone()) {
      throw new StartupException("this node ended before it served");
    }
  }

  /// The replicas of shard groups.
  private void awaitGroups() {
    long deadline = clock.nanoTime() + config.timing().requestTimeout().toNanos();
    Awaited.await(
        LoopCalls.call(vertx, replication.loop(), () -> replication.replicas().caughtUp(deadline))
            .compose(ready -> ready),
        "catch up with the groups");
  }

  /// etcd's initial corruption check.
  private void requireSound(RootReplica root) {
    long deadline = clock.nanoTime() + config.timing().requestTimeout().toNanos();
    List<NodeId> differing =
        Awaited.await(
            LoopCalls.call(vertx, replication.loop(), () -> root.differing(deadline))
                .compose(found -> found),
            "compare this member with the others");
    if (!differing.isEmpty()) {
      throw new StartupException(
          identity.node()
              + " found data inconsistency with peers "
              + differing
              + "; replace the member whose data is wrong: remove it, delete its data directory,"
              + " add it again");
    }
  }

  /// The ports of the client URLs, then of the metrics URLs, in the order of the settings.
  public List<Integer> ports() {
    return running().ports();
  }

  /// Completes when the node is to end; it goes on until it is closed.
  CompletableFuture<End> end() {
    return end;
  }

  private Front running() {
    Front now = front;
    if (now == null) {
      throw new IllegalStateException("the node does not serve");
    }
    return now;
  }

  /// Stops taking requests, finishes what runs, hands leadership over, makes everything durable,
  /// and lets go of the data directory. Blocks for up to about a quarter of a minute. Closing again
  /// waits for the same end.
  @Override
  public void close() {
    end.complete(End.STOPPED);
    closers.close();
  }

  private List<String> listening(Front opened) {
    List<URI> urls = config.listen().clientUrls();
    List<Integer> ports = opened.ports();
    return IntStream.range(0, urls.size())
        .mapToObj(i -> urls.get(i).getHost() + ":" + ports.get(i))
        .toList();
  }
}
