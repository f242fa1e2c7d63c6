package io.flotilla.node.run;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.GroupId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Disk;
import io.flotilla.node.config.NodeConfig;
import io.flotilla.node.metrics.NodeMetrics;
import io.flotilla.node.replica.ReplicaPorts;
import io.flotilla.node.replica.RootReplica;
import io.flotilla.node.replica.Sizes;
import io.flotilla.node.storage.Identity;
import io.flotilla.placement.member.Member;
import io.flotilla.placement.member.MemberIds;
import io.flotilla.placement.service.Founding;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.command.MemberAttributes;
import io.flotilla.raft.host.HostMetrics;
import io.flotilla.raft.host.Peers;
import io.flotilla.raft.host.RaftHostVerticle;
import io.flotilla.raft.log.RaftLogWriter;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.router.front.Front;
import io.flotilla.storage.file.NioDisk;
import io.flotilla.storage.wal.WalRefusedException;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.VertxOptions;
import io.vertx.core.WorkerExecutor;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;
import java.util.random.RandomGenerator;
import java.util.stream.IntStream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// One node: everything that runs in this process, started in order and stopped in reverse.
public final class Node implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Node.class);
  private static final Duration START_LIMIT = Duration.ofHours(1);
  private static final long DISK_CHECK_MILLIS = 1000;
  private static final long READY_CHECK_MILLIS = 2;

  private final NodeConfig config;
  private final DataDirectory directory;
  private final Clock clock = Clock.system();
  private final AtomicLong freeBytes = new AtomicLong(Long.MAX_VALUE);
  private final ExecutorService checkpoints =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name("checkpoint").factory());
  private final NodeMetrics metrics = new NodeMetrics(clock);
  private final Vertx vertx;
  private final WorkerExecutor storage;
  private final RaftHostVerticle host;
  private final ExecutorService walThread = RaftLogWriter.threadFor(GroupId.ROOT);
  private final RootReplica root;
  private final Front front;
  private final long diskTimer;

  private Node(NodeConfig config, DataDirectory directory, Disk disk, Halt halt) {
    this.config = config;
    this.directory = directory;
    Identity identity = directory.identity(fresh(config));
    measureDisk();
    vertx =
        Vertx.vertx(
            new VertxOptions()
                .setEventLoopPoolSize(config.eventLoops())
                .setPreferNativeTransport(true));
    storage = vertx.createSharedWorkerExecutor("storage", 2);
    host =
        new RaftHostVerticle(
            new RaftHostVerticle.Settings(
                Sizes.host(config),
                clock,
                checkpoints,
                Peers::nobody,
                new HostMetrics(metrics.meters()),
                Sizes.STOP_MILLIS,
                halt));
    await(vertx.deployVerticle(host), "start an event loop");
    root = readRoot(disk, identity, halt);
    await(
        host.onHost(
            raft -> {
              root.open(raft);
              return null;
            }),
        "open the root group");
    diskTimer =
        vertx.setPeriodic(DISK_CHECK_MILLIS, _ -> storage.executeBlocking(this::measureDisk));
    await(ready(), "recover the root group");
    publish(identity);
    metrics.bind(
        config,
        new NodeMetrics.Sources(
            identity.node(), root.group()::status, root.machine()::facts, root::logCounters));
    front =
        await(
            NodeFront.start(
                new NodeFront.Ports(vertx, clock, host.loop(), storage, metrics.meters()),
                config,
                identity,
                root),
            "listen on " + config.listen().clientUrls());
    LOG.atInfo()
        .addKeyValue("cluster-id", Long.toHexString(identity.clusterId()))
        .addKeyValue("member-id", identity.node())
        .addKeyValue("revision", root.machine().facts().revision())
        .addKeyValue("listening", listening())
        .log("ready to serve client requests");
  }

  private RootReplica readRoot(Disk disk, Identity identity, Halt halt) {
    var ports =
        new ReplicaPorts(
            disk,
            clock,
            host.loop(),
            walThread,
            RandomGenerator.getDefault(),
            freeBytes::get,
            metrics,
            halt);
    try {
      return RootReplica.read(
          ports, Sizes.replica(config), identity, directory.files(), founding(config));
    } catch (CorruptionException | WalRefusedException e) {
      throw new StartupException(
          e.getMessage()
              + "; nothing was changed. Look at it with `flotilla storage check`, and restore from"
              + " a backup if it cannot be explained");
    } catch (IOException e) {
      throw new StartupException("the data directory cannot be used: " + e.getMessage());
    }
  }

  /// Starts a node.
  ///
  /// @throws StartupException when it cannot start; nothing is left running
  public static Node start(NodeConfig config) {
    return start(config, new Halt());
  }

  private static Node start(NodeConfig config, Halt halt) {
    Disk disk = new NioDisk();
    DataDirectory directory = DataDirectory.open(disk, config.dataDir());
    try {
      return new Node(config, directory, disk, halt);
    } catch (RuntimeException e) {
      directory.close();
      throw e;
    }
  }

  /// Runs a node until the process is told to stop; returns the exit status.
  ///
  /// @throws StartupException when the node cannot start
  public static int runUntilStopped(NodeConfig config) {
    Node node = start(config, new Halt());
    var stopping = new CountDownLatch(1);
    Runtime.getRuntime()
        .addShutdownHook(
            new Thread(
                () -> {
                  LOG.info("stopping");
                  node.close();
                  LOG.info("stopped");
                  stopping.countDown();
                },
                "shutdown"));
    try {
      stopping.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return 0;
  }

  /// The ports of the client URLs, then of the metrics URLs, in the order of the settings.
  public List<Integer> ports() {
    return front.ports();
  }

  /// Stops taking requests, finishes what runs, makes everything durable, and lets go of the data
  /// directory. Blocks for up to about a quarter of a minute.
  @Override
  public void close() {
    step(() -> await(front.stop(), "stop the front"));
    vertx.cancelTimer(diskTimer);
    step(() -> await(LoopCalls.call(vertx, host.loop(), this::stopDuties), "stop the duties"));
    step(() -> await(vertx.undeploy(host.deploymentID()), "stop the root group"));
    walThread.shutdown();
    checkpoints.shutdown();
    step(() -> await(vertx.close(), "stop the event loops"));
    metrics.close();
    directory.close();
  }

  /// One that fails is told and does not keep the others, the last checkpoint among them, from
  /// being taken.
  private static void step(Runnable stop) {
    try {
      stop.run();
    } catch (StartupException e) {
      LOG.atWarn().addKeyValue("event", "stop-failed").log("{}", e.getMessage());
    }
  }

  private Void stopDuties() {
    root.stopDuties();
    return null;
  }

  private List<String> listening() {
    List<URI> urls = config.listen().clientUrls();
    List<Integer> ports = front.ports();
    return IntStream.range(0, urls.size())
        .mapToObj(i -> urls.get(i).getHost() + ":" + ports.get(i))
        .toList();
  }

  /// Completes when the replica leads and has applied what the log held.
  private Future<Void> ready() {
    Promise<Void> promise = Promise.promise();
    vertx.setPeriodic(
        READY_CHECK_MILLIS,
        timer -> {
          if (root.group().status().ready()) {
            vertx.cancelTimer(timer);
            promise.tryComplete();
          }
        });
    return promise.future();
  }

  private void publish(Identity identity) {
    var attributes =
        MemberAttributes.newBuilder().setMemberId(identity.node().value()).setName(config.name());
    config.listen().advertiseClientUrls().forEach(url -> attributes.addClientUrls(url.toString()));
    long deadline = clock.nanoTime() + config.timing().requestTimeout().toNanos();
    var command = Command.newBuilder().setMemberAttributes(attributes).build();
    await(
        root.group().propose(command, deadline).compose(Node::done),
        "publish this member's addresses");
  }

  private static Future<Void> done(CommandResult result) {
    return switch (result) {
      case CommandResult.Done _ -> Future.succeededFuture();
      case CommandResult.Rejected(var why) -> Future.failedFuture(why.asException());
    };
  }

  private Void measureDisk() {
    try {
      freeBytes.set(directory.usableBytes());
    } catch (IOException e) {
      LOG.atWarn()
          .addKeyValue("event", "disk-not-measured")
          .log("the free space of the disk is not known: {}", e.toString());
    }
    return null;
  }

  private static Identity fresh(NodeConfig config) {
    List<Member> members = founding(config).members();
    long cluster = MemberIds.clusterId(members.stream().map(Member::id).toList());
    List<String> own = config.cluster().initialMembers().get(config.name());
    return new Identity(cluster, MemberIds.ofBootstrap(own, config.cluster().token()));
  }

  private static Founding founding(NodeConfig config) {
    String token = config.cluster().token();
    return new Founding(
        config.cluster().initialMembers().values().stream()
            .map(urls -> Member.added(MemberIds.ofBootstrap(urls, token), urls, false))
            .toList());
  }

  private static <T> T await(Future<T> future, String what) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(START_LIMIT.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw new StartupException("could not " + what + ": " + Reasons.of(e.getCause()));
    } catch (TimeoutException e) {
      throw new StartupException("could not " + what + " in time");
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StartupException("interrupted; could not " + what);
    }
  }
}
