package io.flotilla.router.front.service;

import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.AlarmMember;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmResponse;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.proto.etcd.DefragmentRequest;
import io.flotilla.proto.etcd.DefragmentResponse;
import io.flotilla.proto.etcd.DowngradeInfo;
import io.flotilla.proto.etcd.DowngradeRequest;
import io.flotilla.proto.etcd.HashKVRequest;
import io.flotilla.proto.etcd.HashKVResponse;
import io.flotilla.proto.etcd.HashRequest;
import io.flotilla.proto.etcd.HashResponse;
import io.flotilla.proto.etcd.MaintenanceGrpcService;
import io.flotilla.proto.etcd.Member;
import io.flotilla.proto.etcd.MoveLeaderRequest;
import io.flotilla.proto.etcd.MoveLeaderResponse;
import io.flotilla.proto.etcd.SnapshotRequest;
import io.flotilla.proto.etcd.StatusRequest;
import io.flotilla.proto.etcd.StatusResponse;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.front.ApiVersion;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.front.rpc.RpcMethod;
import io.flotilla.router.front.rpc.RpcMethod.Trait;
import io.flotilla.router.route.ClusterView;
import io.flotilla.router.route.Doors;
import io.vertx.core.Future;
import java.util.List;

/// etcd's Maintenance service.
final class MaintenanceService {
  private final Doors doors;
  private final ClusterView view;
  private final Proposals proposals;
  private final Headers headers;
  private final Downgrades downgrades;

  MaintenanceService(Doors doors, Proposals proposals, Headers headers) {
    this.doors = doors;
    this.view = doors.view();
    this.proposals = proposals;
    this.headers = headers;
    this.downgrades = new Downgrades(doors.group(), headers);
  }

  List<RpcMethod<?, ?>> methods() {
    return List.of(
        RpcMethod.unary(
            MaintenanceGrpcService.Alarm, AlarmRequest.getDefaultInstance(), this::alarm),
        RpcMethod.unary(
            MaintenanceGrpcService.Status,
            StatusRequest.getDefaultInstance(),
            this::status,
            Trait.LEARNER),
        RpcMethod.unary(
            MaintenanceGrpcService.Defragment,
            DefragmentRequest.getDefaultInstance(),
            this::defragment,
            Trait.LONG_RUNNING),
        RpcMethod.unary(
            MaintenanceGrpcService.Hash,
            HashRequest.getDefaultInstance(),
            this::hash,
            Trait.LONG_RUNNING),
        RpcMethod.unary(
            MaintenanceGrpcService.HashKV,
            HashKVRequest.getDefaultInstance(),
            this::hashKv,
            Trait.LONG_RUNNING),
        RpcMethod.stream(
            MaintenanceGrpcService.Snapshot,
            SnapshotRequest.getDefaultInstance(),
            (call, sink) -> new SnapshotSession(doors.storage(), call, sink),
            Trait.LEARNER),
        RpcMethod.unary(
            MaintenanceGrpcService.MoveLeader,
            MoveLeaderRequest.getDefaultInstance(),
            this::moveLeader,
            Trait.LONG_RUNNING),
        RpcMethod.unary(
            MaintenanceGrpcService.Downgrade,
            DowngradeRequest.getDefaultInstance(),
            downgrades::downgrade));
  }

  /// An action that is not known changes nothing and finds nothing.
  private Future<AlarmResponse> alarm(Call call, AlarmRequest request) {
    boolean noAction = request.getAction() == AlarmRequest.AlarmAction.UNRECOGNIZED;
    boolean noAlarm =
        request.getAction() == AlarmRequest.AlarmAction.ACTIVATE
            && request.getAlarm() == AlarmType.NONE;
    if (noAction || noAlarm) {
      return Future.succeededFuture(AlarmResponse.newBuilder().setHeader(headers.now()).build());
    }
    if (request.getAction() == AlarmRequest.AlarmAction.GET) {
      var query = new RootQuery.GetAlarms(request.getAlarmValue());
      return doors
          .group()
          .read(ReadMode.LINEARIZABLE, query, call.deadlineNanos())
          .map(reply -> reply.response().setHeader(headers.at(reply.revision())).build());
    }
    return proposals.propose(
        call,
        Command.newBuilder().setAlarm(request).build(),
        request.getSerializedSize(),
        AlarmResponse.Builder.class,
        (response, header) -> response.setHeader(header).build());
  }

  private Future<StatusResponse> status(Call call, StatusRequest request) {
    // Applied before last: between the two reads both only grow.
    long applied = view.appliedIndex();
    long inUse = view.dbSizeInUseBytes();
    var response =
        StatusResponse.newBuilder()
            .setHeader(headers.now())
            .setVersion(ApiVersion.SERVER)
            .setDbSize(Math.max(inUse, view.dbSizeBytes()))
            .setDbSizeInUse(inUse)
            .setLeader(view.leaderId())
            .setRaftIndex(Math.max(applied, view.lastIndex()))
            .setRaftTerm(view.raftTerm())
            .setRaftAppliedIndex(applied)
            .setIsLearner(view.isLearner())
            .setStorageVersion(ApiVersion.STORAGE)
            .setDbSizeQuota(view.quotaBytes())
            .setDowngradeInfo(DowngradeInfo.getDefaultInstance());
    if (!view.hasLeader()) {
      response.addErrors(ApiError.NO_LEADER.status().message());
    }
    for (AlarmMember alarm : view.alarms()) {
      response.addErrors(text(alarm));
    }
    return Future.succeededFuture(response.build());
  }

  /// An alarm as etcd's tools print it.
  private static String text(AlarmMember alarm) {
    return "memberID:" + Long.toUnsignedString(alarm.getMemberID()) + " alarm:" + alarm.getAlarm();
  }

  private Future<DefragmentResponse> defragment(Call call, DefragmentRequest request) {
    return doors.storage().defragment().map(_ -> DefragmentResponse.getDefaultInstance());
  }

  private Future<HashResponse> hash(Call call, HashRequest request) {
    return doors
        .storage()
        .hash()
        .map(hash -> HashResponse.newBuilder().setHeader(headers.now()).setHash(hash).build());
  }

  private Future<HashKVResponse> hashKv(Call call, HashKVRequest request) {
    var query = new ShardQuery.HashKv(request.getRevision());
    return doors
        .group()
        .read(ReadMode.SERIALIZABLE, query, call.patientDeadlineNanos())
        .map(reply -> reply.response().setHeader(headers.at(reply.revision())).build());
  }

  private Future<MoveLeaderResponse> moveLeader(Call call, MoveLeaderRequest request) {
    if (view.leaderId() != view.memberId()) {
      throw ApiError.NOT_LEADER.asException();
    }
    if (!isVoter(request.getTargetID())) {
      throw ApiError.BAD_LEADER_TRANSFEREE.asException();
    }
    Future<Void> moved =
        request.getTargetID() == view.memberId()
            ? Future.succeededFuture()
            : doors.members().moveLeader(request.getTargetID(), call.deadlineNanos());
    return moved.map(_ -> MoveLeaderResponse.getDefaultInstance());
  }

  private boolean isVoter(long memberId) {
    for (Member member : view.members()) {
      if (member.getID() == memberId) {
        return !member.getIsLearner();
      }
    }
    return false;
  }
}
