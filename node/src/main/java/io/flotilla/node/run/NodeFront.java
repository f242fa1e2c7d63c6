package io.flotilla.node.run;

import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.base.tls.TlsStore;
import io.flotilla.node.admin.ShardAdminService;
import io.flotilla.node.admin.ShardListing;
import io.flotilla.node.config.NodeConfig;
import io.flotilla.node.replica.ReplicaSet;
import io.flotilla.node.replica.RootReplica;
import io.flotilla.node.replica.Sizes;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.lease.LeaseLimits;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.raft.host.VertxLoop;
import io.flotilla.router.auth.Authority;
import io.flotilla.router.front.Front;
import io.flotilla.router.front.FrontConfig;
import io.flotilla.router.front.FrontParts;
import io.flotilla.router.front.Listener;
import io.flotilla.router.front.ServingState;
import io.flotilla.router.front.http.HealthMetrics;
import io.flotilla.router.front.http.HttpRules;
import io.flotilla.router.front.rpc.CallLimits;
import io.flotilla.router.front.rpc.RpcMethod;
import io.flotilla.router.front.rpc.RpcMetrics;
import io.flotilla.router.front.rpc.RpcRegistry;
import io.flotilla.router.front.rpc.StreamHandler;
import io.flotilla.router.front.service.ApiServices;
import io.flotilla.router.route.CurrentLoop;
import io.flotilla.router.route.Doors;
import io.flotilla.router.watch.WatchSession;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import io.vertx.core.WorkerExecutor;
import java.net.URI;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/// Puts the front together over the root group.
final class NodeFront {
  private NodeFront() {}

  /// @param loop the group's
  /// @param storage where backups are read
  /// @param tls of the clients' ports; null without
  /// @param closers told what has to end with the node
  record Ports(
      Vertx vertx,
      Clock clock,
      Scheduler loop,
      WorkerExecutor storage,
      PrometheusMeterRegistry meters,
      @Nullable TlsStore tls,
      Closers closers) {}

  /// @throws StartupException when the keys of tokens cannot be used
  static Future<Front> start(Ports ports, NodeConfig config, ReplicaSet replicas) {
    RootReplica root = replicas.root();
    long quota = config.storage().quotaBytes();
    var keys = new AtomicReference<GroupDoor>();
    var storage =
        new NodeStorage(
            ports.vertx(), ports.loop(), replicas, keys::get, ports.storage(), ports.clock());
    Doors doors = replicas.doors(quota, storage, new CurrentLoop());
    keys.set(doors.group());
    Authority authority = authority(ports, config, doors);
    root.machine().listen(authority.logins());
    var limits = limits(config);
    var state = new ServingState();
    List<RpcMethod<?, ?>> methods =
        new ArrayList<>(etcd(ports, config, root, new Inside(doors, authority, state)));
    methods.addAll(admin(ports, replicas).methods());
    var registry = new RpcRegistry(methods);
    var metrics = new RpcMetrics(ports.meters(), registry, config.http().extensiveMetrics());
    var parts =
        new FrontParts(
            frontConfig(config, limits, ports.tls()),
            doors,
            registry,
            authority.guard(),
            metrics,
            ports.meters(),
            new HealthMetrics(ports.meters()),
            state,
            ports.clock(),
            Map.of(ShardTable.PATH, new ShardTable(root.machine()::facts, replicas::status)::text));
    return Front.start(ports.vertx(), parts, config.eventLoops());
  }

  private static Collection<RpcMethod<?, ?>> etcd(
      Ports ports, NodeConfig config, RootReplica root, Inside inside) {
    var settings =
        new ApiServices.Settings(
            limits(config),
            leaseLimits(config.timing()),
            () -> ThreadLocalRandom.current().nextLong(),
            inside.authority());
    return ApiServices.registry(
            inside.doors(), watch(ports.vertx(), root), settings, inside.state())
        .methods();
  }

  /// What the services stand on.
  private record Inside(Doors doors, Authority authority, ServingState state) {}

  /// Half of the processors may hash passwords.
  private static Authority authority(Ports ports, NodeConfig config, Doors doors) {
    int threads = Math.max(1, Runtime.getRuntime().availableProcessors() / 2);
    var settings =
        new Authority.Settings(config.auth().tokens(), config.auth().bcryptCost(), threads);
    try {
      var authority = new Authority(settings, doors, ports.clock(), new CurrentLoop());
      ports.closers().add(authority::close);
      Gauge.builder("flotilla.passwords.pending", authority, Authority::waiting)
          .description("Passwords that wait to be hashed")
          .register(ports.meters());
      return authority;
    } catch (IllegalArgumentException e) {
      throw new StartupException(String.valueOf(e.getMessage()));
    }
  }

  private static ShardAdminService admin(Ports ports, ReplicaSet replicas) {
    var listing = new ShardListing(replicas);
    return new ShardAdminService(
        replicas.root(),
        () -> LoopCalls.call(ports.vertx(), ports.loop(), listing::here),
        ports.clock());
  }

  private static StreamHandler<WatchRequest, WatchResponse> watch(Vertx vertx, RootReplica root) {
    return (call, sink) ->
        new WatchSession(
            root.hub(),
            sink,
            new VertxLoop(vertx, vertx.getOrCreateContext()),
            create -> call.guard().check(call, create));
  }

  private static CallLimits limits(NodeConfig config) {
    return new CallLimits(
        config.limits().maxRequestBytes(),
        config.limits().maxTxnOps(),
        config.timing().requestTimeout().toMillis(),
        config.timing().electionMillis(),
        config.limits().slowRequest().toMillis());
  }

  private static LeaseLimits leaseLimits(NodeConfig.Timing timing) {
    return LeaseLimits.ofElection(timing.electionMillis(), timing.heartbeatMillis());
  }

  private static FrontConfig frontConfig(
      NodeConfig config, CallLimits limits, @Nullable TlsStore certificates) {
    NodeConfig.Http http = config.http();
    var rules =
        new HttpRules(
            Set.copyOf(http.corsOrigins()), Set.copyOf(http.hostWhitelist()), http.gateway(), true);
    Listener.Tls tls =
        certificates == null ? null : new Listener.Tls(certificates, config.listen().namesUsers());
    List<Listener> listeners = new ArrayList<>();
    for (URI url : config.listen().clientUrls()) {
      listeners.add(listener(url, Listener.Role.CLIENT, listeners.size(), tls));
    }
    for (URI url : config.listen().metricsUrls()) {
      listeners.add(listener(url, Listener.Role.MONITORING, listeners.size(), tls));
    }
    NodeConfig.Pings pings = config.limits().pings();
    return new FrontConfig(
        listeners,
        limits,
        rules,
        new FrontConfig.PingRules(
            pings.minSpacing().toMillis(), pings.interval().toMillis(), pings.timeout().toMillis()),
        config.limits().maxConcurrentStreams(),
        true,
        Sizes.FIRST_REQUEST_MILLIS,
        Sizes.DRAIN_MILLIS);
  }

  /// @param number which of the listeners it is; free ports are told apart by it
  private static Listener listener(
      URI url, Listener.Role role, int number, Listener.@Nullable Tls tls) {
    String host = url.getHost().replaceAll("[\\[\\]]", "");
    int port = url.getPort() == 0 ? -1 - number : url.getPort();
    boolean secure = url.getScheme().equals("https");
    return new Listener(new Listener.Tcp(host, port), role, secure ? tls : null);
  }
}
