package io.flotilla.router.front.service;

import io.flotilla.placement.lease.LeaseLimits;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseGrantResponse;
import io.flotilla.proto.etcd.LeaseGrpcService;
import io.flotilla.proto.etcd.LeaseKeepAliveRequest;
import io.flotilla.proto.etcd.LeaseLeasesRequest;
import io.flotilla.proto.etcd.LeaseLeasesResponse;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.LeaseRevokeResponse;
import io.flotilla.proto.etcd.LeaseTimeToLiveRequest;
import io.flotilla.proto.etcd.LeaseTimeToLiveResponse;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.front.rpc.RpcMethod;
import io.flotilla.router.route.LeaseDoor;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;

/// etcd's Lease service.
final class LeaseService {
  /// What a grant is held to cost against the space quota (etcd behaviour).
  private static final long GRANT_COST_BYTES = 64;

  private final LeaseDoor leases;
  private final Proposals proposals;
  private final Headers headers;
  private final LeaseLimits limits;
  private final LongSupplier randomIds;

  /// @param randomIds any longs; ids are made of them
  LeaseService(
      LeaseDoor leases,
      Proposals proposals,
      Headers headers,
      LeaseLimits limits,
      LongSupplier randomIds) {
    this.leases = leases;
    this.proposals = proposals;
    this.headers = headers;
    this.limits = limits;
    this.randomIds = randomIds;
  }

  List<RpcMethod<?, ?>> methods() {
    return List.of(
        RpcMethod.unary(
                LeaseGrpcService.LeaseGrant, LeaseGrantRequest.getDefaultInstance(), this::grant)
            .checkedBy(this::fault),
        RpcMethod.unary(
            LeaseGrpcService.LeaseRevoke, LeaseRevokeRequest.getDefaultInstance(), this::revoke),
        RpcMethod.stream(
            LeaseGrpcService.LeaseKeepAlive,
            LeaseKeepAliveRequest.getDefaultInstance(),
            (call, sink) -> new KeepAliveSession(leases, headers, call, sink)),
        RpcMethod.unary(
            LeaseGrpcService.LeaseTimeToLive,
            LeaseTimeToLiveRequest.getDefaultInstance(),
            this::timeToLive),
        RpcMethod.unary(
            LeaseGrpcService.LeaseLeases, LeaseLeasesRequest.getDefaultInstance(), this::list));
  }

  private @Nullable Future<LeaseGrantResponse> fault(Call call, LeaseGrantRequest request) {
    if (!proposals.admits(GRANT_COST_BYTES)) {
      return proposals.refuseForSpace(call);
    }
    if (LeaseLimits.tooLarge(request.getTTL())) {
      throw ApiError.LEASE_TTL_TOO_LARGE.asException();
    }
    return null;
  }

  Future<LeaseGrantResponse> grant(Call call, LeaseGrantRequest request) {
    Future<LeaseGrantResponse> fault = fault(call, request);
    if (fault != null) {
      return fault;
    }
    LeaseGrantRequest decided =
        request.toBuilder()
            .setID(request.getID() != 0 ? request.getID() : newId())
            .setTTL(limits.effectiveTtlSeconds(request.getTTL()))
            .build();
    return proposals.propose(
        call,
        Command.newBuilder().setLeaseGrant(decided).build(),
        decided.getSerializedSize(),
        LeaseGrantResponse.Builder.class,
        (response, header) -> response.setHeader(header).build());
  }

  /// A positive id.
  private long newId() {
    long id;
    do {
      id = randomIds.getAsLong() & Long.MAX_VALUE;
    } while (id == 0);
    return id;
  }

  private Future<LeaseRevokeResponse> revoke(Call call, LeaseRevokeRequest request) {
    return proposals.propose(
        call,
        Command.newBuilder().setLeaseRevoke(request).build(),
        request.getSerializedSize(),
        LeaseRevokeResponse.Builder.class,
        (response, header) -> response.setHeader(header).build());
  }

  private Future<LeaseTimeToLiveResponse> timeToLive(Call call, LeaseTimeToLiveRequest request) {
    return leases
        .timeToLive(request, call.deadlineNanos())
        .map(reply -> reply.response().setHeader(headers.at(reply.revision())).build());
  }

  private Future<LeaseLeasesResponse> list(Call call, LeaseLeasesRequest request) {
    return leases
        .leases(call.deadlineNanos())
        .map(reply -> reply.response().setHeader(headers.at(reply.revision())).build());
  }
}
