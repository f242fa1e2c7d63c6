package io.flotilla.node.run;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.Scheduler;
import io.flotilla.node.config.NodeConfig;
import io.flotilla.node.fault.Faults;
import io.flotilla.node.metrics.NodeMetrics;
import io.flotilla.node.replica.Connections;
import io.flotilla.node.replica.ReplicaPorts;
import io.flotilla.node.replica.ReplicaSet;
import io.flotilla.node.replica.RootReplica;
import io.flotilla.node.replica.Sizes;
import io.flotilla.node.storage.Identity;
import io.flotilla.placement.member.MemberCodec;
import io.flotilla.placement.service.Cluster;
import io.flotilla.proto.command.Membership;
import io.flotilla.raft.host.HostMetrics;
import io.flotilla.raft.host.Peers;
import io.flotilla.raft.host.RaftHost;
import io.flotilla.raft.host.RaftHostVerticle;
import io.flotilla.raft.host.VertxLoop;
import io.flotilla.raft.transport.PeerHub;
import io.flotilla.raft.transport.PeerMetrics;
import io.flotilla.raft.transport.ReplicaLimits;
import io.flotilla.raft.transport.grpc.GrpcLinks;
import io.flotilla.raft.transport.grpc.PeerDirectory;
import io.flotilla.router.front.ApiVersion;
import io.flotilla.storage.wal.WalRefusedException;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.json.JsonObject;
import java.io.IOException;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// The part of a node that replicates: an event loop with the host, the links to other nodes and
/// the root group's replica.
final class Replication {
  /// @param freeBytes of the file system, as last measured
  /// @param halt stops the process
  /// @param onRemoved told on the loop, perhaps more than once, that this node is no member now
  record Ports(
      Vertx vertx,
      Disk disk,
      Clock clock,
      Network network,
      NodeMetrics metrics,
      LongSupplier freeBytes,
      Consumer<Throwable> halt,
      Runnable onRemoved) {}

  /// What is made on the loop before the host.
  private record Ends(GrpcLinks links, Connections connections) {}

  private final Ports ports;
  private final NodeConfig config;
  private final Identity identity;
  private final ExecutorService checkpoints =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name("checkpoint").factory());
  private final ExecutorService snapshots =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name("snapshots").factory());
  private final WalThreads walThreads = new WalThreads();
  private final RaftHostVerticle host;
  private @Nullable Ends ends;
  private final ReplicaSet replicas;

  /// Begins to replicate; blocks. What has to be undone is added to `closers`.
  ///
  /// @throws StartupException when it cannot
  Replication(
      Ports ports, NodeConfig config, Identity identity, DataDirectory directory, Closers closers) {
    this.ports = ports;
    this.config = config;
    this.identity = identity;
    closers.add(checkpoints::shutdown);
    closers.add(snapshots::shutdown);
    closers.add(walThreads::close);
    host =
        new RaftHostVerticle(
            new RaftHostVerticle.Settings(
                Sizes.host(config),
                ports.clock(),
                checkpoints,
                this::peers,
                new HostMetrics(ports.metrics().meters()),
                Sizes.STOP_MILLIS,
                ports.halt()));
    Awaited.await(ports.vertx().deployVerticle(host), "start an event loop");
    closers.add(
        () ->
            Awaited.await(
                LoopCalls.call(ports.vertx(), host.loop(), this::unlink).compose(end -> end),
                "close the links to other nodes"));
    closers.add(this::stopHost);
    replicas = read(directory);
    refuseIfRemoved();
    Awaited.await(host.onHost(this::open), "open the root group");
    closers.add(
        () ->
            Awaited.await(
                LoopCalls.call(ports.vertx(), host.loop(), this::stopDuties), "stop the duties"));
  }

  /// Before the log is applied: a node that was removed before it was stopped knows it.
  private void refuseIfRemoved() {
    if (root().machine().members().wasRemoved(identity.node())) {
      throw new StartupException(
          "the member "
              + identity.node()
              + " has been permanently removed from the cluster "
              + Long.toHexString(identity.clusterId())
              + "; delete the data directory "
              + config.dataDir().toAbsolutePath()
              + " before this node is added again");
    }
  }

  /// Opens the peer port.
  ///
  /// @throws StartupException when it cannot
  void listen() {
    List<String> urls = ports.network().listenUrls();
    Future<Void> opened =
        LoopCalls.call(ports.vertx(), host.loop(), () -> ends().links().open(urls))
            .compose(listening -> listening);
    Awaited.await(opened, "listen on " + urls + " (--listen-peer-urls)");
  }

  ReplicaSet replicas() {
    return replicas;
  }

  private RootReplica root() {
    return replicas.root();
  }

  Scheduler loop() {
    return host.loop();
  }

  private ReplicaSet read(DataDirectory directory) {
    var replicaPorts =
        new ReplicaPorts(
            ports.disk(),
            ports.clock(),
            host.loop(),
            walThreads::of,
            snapshots,
            RandomGenerator.getDefault(),
            ports.freeBytes(),
            ports.metrics(),
            ports.halt());
    try {
      return ReplicaSet.read(replicaPorts, Sizes.replica(config), identity, directory.files());
    } catch (CorruptionException | WalRefusedException e) {
      throw new StartupException(
          e.getMessage()
              + "; nothing was changed. Look at it with `flotilla storage check`, and restore from"
              + " a backup if it cannot be explained");
    } catch (IOException e) {
      throw new StartupException("the data directory cannot be used: " + e.getMessage());
    }
  }

  private Void open(RaftHost raft) {
    Ends now = ends();
    replicas.open(raft, now.connections());
    root().group().onRemoved(ports.onRemoved());
    return null;
  }

  private Void stopDuties() {
    replicas.stopDuties();
    return null;
  }

  /// Hands leadership over, which takes links.
  private void stopHost() {
    Awaited.await(ports.vertx().undeploy(host.deploymentID()), "stop the root group");
  }

  private Future<Void> unlink() {
    ends().connections().hub().close();
    return ends().links().closed();
  }

  private Ends ends() {
    return Objects.requireNonNull(ends, "made before the host");
  }

  /// On the host's loop, before there is a host.
  private Peers peers() {
    Vertx vertx = ports.vertx();
    var loop = new VertxLoop(vertx, vertx.getOrCreateContext());
    var metrics = new PeerMetrics(ports.metrics().meters(), identity.node());
    GrpcLinks links = ports.network().links(identity, new Directory(), metrics);
    var hub =
        new PeerHub(identity.node(), links, loop, ports.clock(), Sizes.peers(config), metrics);
    hub.onRemoved(ports.onRemoved());
    ReplicaLimits limits = Sizes.replicas(config);
    var streams = links.replicaStreams(limits);
    ends = new Ends(links, new Connections(hub, links, streams, limits));
    return Faults.system().on(hub, config.name());
  }

  /// What others may ask about the cluster. On the loop, once the peer port is open.
  private final class Directory implements PeerDirectory {
    @Override
    public Membership members() {
      Cluster cluster = root().machine().facts().cluster();
      return cluster.members().isEmpty()
          ? MemberCodec.encode(identity.clusterId(), identity.origin().members())
          : MemberCodec.encode(cluster.id(), cluster.members());
    }

    @Override
    public boolean wasRemoved(NodeId node) {
      return root().machine().members().wasRemoved(node);
    }

    @Override
    public String versionJson() {
      return new JsonObject()
          .put("etcdserver", ApiVersion.SERVER)
          .put("etcdcluster", ApiVersion.CLUSTER)
          .put("storage", ApiVersion.STORAGE)
          .encode();
    }
  }
}
