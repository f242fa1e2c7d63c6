package io.flotilla.router.front.service;

import io.flotilla.base.NodeId;
import io.flotilla.placement.member.MemberChecks;
import io.flotilla.placement.member.MemberRequest;
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

  ClusterService(ClusterView view, MemberDoor members, Headers headers) {
    this.view = view;
    this.members = members;
    this.headers = headers;
  }

  List<RpcMethod<?, ?>> methods() {
    return List.of(
        RpcMethod.unary(
                ClusterGrpcService.MemberAdd, MemberAddRequest.getDefaultInstance(), this::add)
            .checkedBy((_, request) -> fault(request)),
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

  /// What is no address is refused before anybody is asked.
  private static @Nullable Future<?> fault(MemberAddRequest request) {
    if (!MemberChecks.validUrls(request.getPeerURLsList())) {
      throw ApiError.INVALID_MEMBER_URLS.asException();
    }
    return null;
  }

  private Future<MemberAddResponse> add(Call call, MemberAddRequest request) {
    fault(request);
    var change = new MemberRequest.Add(request.getPeerURLsList(), request.getIsLearner());
    return members
        .change(change, call.deadlineNanos())
        .map(
            changed ->
                MemberAddResponse.newBuilder()
                    .setHeader(headers.withoutRevision())
                    .setMember(find(changed))
                    .addAllMembers(changed.members())
                    .build());
  }

  private static Member find(MemberDoor.Changed changed) {
    return changed.members().stream()
        .filter(member -> member.getID() == changed.member())
        .findFirst()
        .orElseGet(() -> Member.newBuilder().setID(changed.member()).build());
  }

  private Future<MemberRemoveResponse> remove(Call call, MemberRemoveRequest request) {
    return members
        .change(new MemberRequest.Remove(new NodeId(request.getID())), call.deadlineNanos())
        .map(
            changed ->
                MemberRemoveResponse.newBuilder()
                    .setHeader(headers.withoutRevision())
                    .addAllMembers(changed.members())
                    .build());
  }

  private Future<MemberUpdateResponse> update(Call call, MemberUpdateRequest request) {
    var id = new NodeId(request.getID());
    return members
        .change(new MemberRequest.Update(id, request.getPeerURLsList()), call.deadlineNanos())
        .map(
            changed ->
                MemberUpdateResponse.newBuilder()
                    .setHeader(headers.withoutRevision())
                    .addAllMembers(changed.members())
                    .build());
  }

  private Future<MemberPromoteResponse> promote(Call call, MemberPromoteRequest request) {
    return members
        .change(new MemberRequest.Promote(new NodeId(request.getID())), call.deadlineNanos())
        .map(
            changed ->
                MemberPromoteResponse.newBuilder()
                    .setHeader(headers.withoutRevision())
                    .addAllMembers(changed.members())
                    .build());
  }
}
