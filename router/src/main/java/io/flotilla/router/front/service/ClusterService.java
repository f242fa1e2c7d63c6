package io.flotilla.router.front.service;

import io.flotilla.base.NodeId;
import io.flotilla.placement.member.MemberChecks;
import io.flotilla.placement.member.MemberFault;
import io.flotilla.proto.etcd.ClusterGrpcService;
import io.flotilla.proto.etcd.Member;
import io.flotilla.proto.etcd.MemberAddRequest;
import io.flotilla.proto.etcd.MemberAddResponse;
import io.flotilla.proto.etcd.MemberListRequest;
import io.flotilla.proto.etcd.MemberListResponse;
import io.flotilla.proto.etcd.MemberPromoteRequest;
import io.flotilla.proto.etcd.MemberPromoteResponse;
import io.flotilla.proto.etcd.MemberRemoveRequest;
import io.flotilla.proto.etcd.MemberRemoveResponse;
import io.flotilla.proto.etcd.MemberUpdateRequest;
import io.flotilla.proto.etcd.MemberUpdateResponse;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.front.rpc.RpcMethod;
import io.flotilla.router.route.ClusterView;
import io.flotilla.router.route.MemberDoor;
import io.vertx.core.Future;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// etcd's Cluster service. Its headers carry no revision.
final class ClusterService {
  private final ClusterView view;
  private final MemberDoor members;
  private final Headers headers;
  private final int maxLearners;

  ClusterService(ClusterView view, MemberDoor members, Headers headers, int maxLearners) {
    this.view = view;
    this.members = members;
    this.headers = headers;
    this.maxLearners = maxLearners;
  }

  List<RpcMethod<?, ?>> methods() {
    return List.of(
        RpcMethod.unary(
            ClusterGrpcService.MemberAdd, MemberAddRequest.getDefaultInstance(), this::add),
        RpcMethod.unary(
            ClusterGrpcService.MemberRemove,
            MemberRemoveRequest.getDefaultInstance(),
            this::remove),
        RpcMethod.unary(
            ClusterGrpcService.MemberUpdate,
            MemberUpdateRequest.getDefaultInstance(),
            this::update),
        RpcMethod.unary(
            ClusterGrpcService.MemberList, MemberListRequest.getDefaultInstance(), this::list),
        RpcMethod.unary(
            ClusterGrpcService.MemberPromote,
            MemberPromoteRequest.getDefaultInstance(),
            this::promote));
  }

  private Future<MemberListResponse> list(Call call, MemberListRequest request) {
    Future<List<Member>> found =
        request.getLinearizable()
            ? members.members(call.deadlineNanos())
            : Future.succeededFuture(view.members());
    return found.map(
        all ->
            MemberListResponse.newBuilder()
                .setHeader(headers.withoutRevision())
                .addAllMembers(all)
                .build());
  }

  private Future<MemberAddResponse> add(Call call, MemberAddRequest request) {
    check(checks().add(request.getPeerURLsList(), request.getIsLearner()));
    return members
        .add(request.getPeerURLsList(), request.getIsLearner(), call.deadlineNanos())
        .map(
            added ->
                MemberAddResponse.newBuilder()
                    .setHeader(headers.withoutRevision())
                    .setMember(added)
                    .addAllMembers(view.members())
                    .build());
  }

  private Future<MemberRemoveResponse> remove(Call call, MemberRemoveRequest request) {
    check(checks().remove(new NodeId(request.getID())));
    return members
        .remove(request.getID(), call.deadlineNanos())
        .map(
            _ ->
                MemberRemoveResponse.newBuilder()
                    .setHeader(headers.withoutRevision())
                    .addAllMembers(view.members())
                    .build());
  }

  private Future<MemberUpdateResponse> update(Call call, MemberUpdateRequest request) {
    check(checks().update(new NodeId(request.getID()), request.getPeerURLsList()));
    return members
        .update(request.getID(), request.getPeerURLsList(), call.deadlineNanos())
        .map(
            _ ->
                MemberUpdateResponse.newBuilder()
                    .setHeader(headers.withoutRevision())
                    .addAllMembers(view.members())
                    .build());
  }

  private Future<MemberPromoteResponse> promote(Call call, MemberPromoteRequest request) {
    check(checks().promote(new NodeId(request.getID())));
    return members
        .promote(request.getID(), call.deadlineNanos())
        .map(
            _ ->
                MemberPromoteResponse.newBuilder()
                    .setHeader(headers.withoutRevision())
                    .addAllMembers(view.members())
                    .build());
  }

  private MemberChecks checks() {
    return new MemberChecks(
        view.members().stream().map(ClusterService::known).toList(), maxLearners);
  }

  private static io.flotilla.placement.member.Member known(Member member) {
    return new io.flotilla.placement.member.Member(
        new NodeId(member.getID()),
        member.getName(),
        member.getPeerURLsList(),
        member.getClientURLsList(),
        member.getIsLearner());
  }

  /// @throws io.flotilla.router.error.ApiException for a fault
  private static void check(@Nullable MemberFault fault) {
    if (fault != null) {
      throw answer(fault).asException();
    }
  }

  private static ApiError answer(MemberFault fault) {
    return switch (fault) {
      case INVALID_URLS -> ApiError.INVALID_MEMBER_URLS;
      case NOT_ENOUGH_STARTED -> ApiError.NOT_ENOUGH_STARTED;
      case NOT_FOUND -> ApiError.MEMBER_NOT_FOUND;
      case PEER_URL_EXISTS -> ApiError.PEER_URL_EXISTS;
      case TOO_MANY_LEARNERS -> ApiError.TOO_MANY_LEARNERS;
      case NOT_A_LEARNER -> ApiError.MEMBER_NOT_LEARNER;
    };
  }
}
