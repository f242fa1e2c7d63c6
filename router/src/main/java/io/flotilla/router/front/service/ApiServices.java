package io.flotilla.router.front.service;

import io.flotilla.placement.lease.LeaseLimits;
import io.flotilla.proto.etcd.WatchGrpcService;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.etcd.WatchResponse;
import io.flotilla.router.auth.Authority;
import io.flotilla.router.front.ServingState;
import io.flotilla.router.front.rpc.CallLimits;
import io.flotilla.router.front.rpc.RpcMethod;
import io.flotilla.router.front.rpc.RpcRegistry;
import io.flotilla.router.front.rpc.StreamHandler;
import io.flotilla.router.route.Doors;
import java.util.ArrayList;
import java.util.List;
import java.util.function.LongSupplier;

/// Puts the services together.
public final class ApiServices {
  private ApiServices() {}

  /// What the services are told beside the cluster.
  ///
  /// @param limits bounds of requests
  /// @param leases bounds of a lease's time to live
  /// @param randomIds any longs; lease ids are made of them; thread safe
  /// @param authority who callers are
  public record Settings(
      CallLimits limits, LeaseLimits leases, LongSupplier randomIds, Authority authority) {}

  /// Every method that this server has.
  ///
  /// @param watch serves the streams of etcd's Watch
  public static RpcRegistry registry(
      Doors doors,
      StreamHandler<WatchRequest, WatchResponse> watch,
      Settings settings,
      ServingState state) {
    CallLimits limits = settings.limits();
    var headers = new Headers(doors.view());
    var proposals = new Proposals(doors.group(), doors.space(), headers, limits.maxRequestBytes());
    var streams = new RangeStreams(doors.group(), headers, limits.maxRequestBytes());
    var kv = new KvService(doors.group(), proposals, headers, streams, limits.maxTxnOps());
    var leases =
        new LeaseService(
            doors.leases(), proposals, headers, settings.leases(), settings.randomIds());
    var cluster = new ClusterService(doors.view(), doors.members(), headers);
    List<RpcMethod<?, ?>> methods = new ArrayList<>();
    methods.addAll(kv.methods());
    methods.add(RpcMethod.stream(WatchGrpcService.Watch, WatchRequest.getDefaultInstance(), watch));
    methods.addAll(leases.methods());
    methods.addAll(cluster.methods());
    methods.addAll(new MaintenanceService(doors, proposals, headers).methods());
    methods.addAll(new AuthService(doors, proposals, headers, settings.authority()).methods());
    var inner = new InnerCalls(doors.group(), proposals, headers, leases, watch);
    methods.addAll(new LockService(inner).methods());
    methods.addAll(new ElectionService(inner).methods());
    methods.addAll(new HealthRpcService(state).methods());
    return new RpcRegistry(methods);
  }
}
