package io.flotilla.contract;

import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Message;
import io.flotilla.proto.election.CampaignRequest;
import io.flotilla.proto.election.CampaignResponse;
import io.flotilla.proto.election.ElectionProto;
import io.flotilla.proto.election.LeaderRequest;
import io.flotilla.proto.election.LeaderResponse;
import io.flotilla.proto.election.ProclaimRequest;
import io.flotilla.proto.election.ProclaimResponse;
import io.flotilla.proto.election.ResignRequest;
import io.flotilla.proto.election.ResignResponse;
import io.flotilla.proto.etcd.*;
import io.flotilla.proto.lock.LockProto;
import io.flotilla.proto.lock.LockRequest;
import io.flotilla.proto.lock.LockResponse;
import io.flotilla.proto.lock.UnlockRequest;
import io.flotilla.proto.lock.UnlockResponse;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.protobuf.ProtoUtils;

/// etcd's methods as our own `.proto` files declare them.
public final class Rpc {
  private static final FileDescriptor KV = KvServiceProto.getDescriptor();
  private static final FileDescriptor LEASES = LeaseProto.getDescriptor();
  private static final FileDescriptor MAINTENANCE = MaintenanceProto.getDescriptor();
  private static final FileDescriptor CLUSTER = ClusterProto.getDescriptor();

  public static final MethodDescriptor<RangeRequest, RangeResponse> RANGE =
      of(KV, "KV/Range", RangeRequest.getDefaultInstance(), RangeResponse.getDefaultInstance());
  public static final MethodDescriptor<RangeRequest, RangeStreamResponse> RANGE_STREAM =
      of(
          KV,
          "KV/RangeStream",
          RangeRequest.getDefaultInstance(),
          RangeStreamResponse.getDefaultInstance());
  public static final MethodDescriptor<PutRequest, PutResponse> PUT =
      of(KV, "KV/Put", PutRequest.getDefaultInstance(), PutResponse.getDefaultInstance());
  public static final MethodDescriptor<DeleteRangeRequest, DeleteRangeResponse> DELETE_RANGE =
      of(
          KV,
          "KV/DeleteRange",
          DeleteRangeRequest.getDefaultInstance(),
          DeleteRangeResponse.getDefaultInstance());
  public static final MethodDescriptor<TxnRequest, TxnResponse> TXN =
      of(KV, "KV/Txn", TxnRequest.getDefaultInstance(), TxnResponse.getDefaultInstance());
  public static final MethodDescriptor<CompactionRequest, CompactionResponse> COMPACT =
      of(
          KV,
          "KV/Compact",
          CompactionRequest.getDefaultInstance(),
          CompactionResponse.getDefaultInstance());

  public static final MethodDescriptor<WatchRequest, WatchResponse> WATCH =
      of(
          WatchProto.getDescriptor(),
          "Watch/Watch",
          WatchRequest.getDefaultInstance(),
          WatchResponse.getDefaultInstance());

  public static final MethodDescriptor<LeaseGrantRequest, LeaseGrantResponse> LEASE_GRANT =
      of(
          LEASES,
          "Lease/LeaseGrant",
          LeaseGrantRequest.getDefaultInstance(),
          LeaseGrantResponse.getDefaultInstance());
  public static final MethodDescriptor<LeaseRevokeRequest, LeaseRevokeResponse> LEASE_REVOKE =
      of(
          LEASES,
          "Lease/LeaseRevoke",
          LeaseRevokeRequest.getDefaultInstance(),
          LeaseRevokeResponse.getDefaultInstance());
  public static final MethodDescriptor<LeaseKeepAliveRequest, LeaseKeepAliveResponse>
      LEASE_KEEP_ALIVE =
          of(
              LEASES,
              "Lease/LeaseKeepAlive",
              LeaseKeepAliveRequest.getDefaultInstance(),
              LeaseKeepAliveResponse.getDefaultInstance());
  public static final MethodDescriptor<LeaseTimeToLiveRequest, LeaseTimeToLiveResponse>
      TIME_TO_LIVE =
          of(
              LEASES,
              "Lease/LeaseTimeToLive",
              LeaseTimeToLiveRequest.getDefaultInstance(),
              LeaseTimeToLiveResponse.getDefaultInstance());
  public static final MethodDescriptor<LeaseLeasesRequest, LeaseLeasesResponse> LEASE_LEASES =
      of(
          LEASES,
          "Lease/LeaseLeases",
          LeaseLeasesRequest.getDefaultInstance(),
          LeaseLeasesResponse.getDefaultInstance());

  public static final MethodDescriptor<MemberListRequest, MemberListResponse> MEMBER_LIST =
      of(
          CLUSTER,
          "Cluster/MemberList",
          MemberListRequest.getDefaultInstance(),
          MemberListResponse.getDefaultInstance());
  public static final MethodDescriptor<MemberAddRequest, MemberAddResponse> MEMBER_ADD =
      of(
          CLUSTER,
          "Cluster/MemberAdd",
          MemberAddRequest.getDefaultInstance(),
          MemberAddResponse.getDefaultInstance());
  public static final MethodDescriptor<MemberRemoveRequest, MemberRemoveResponse> MEMBER_REMOVE =
      of(
          CLUSTER,
          "Cluster/MemberRemove",
          MemberRemoveRequest.getDefaultInstance(),
          MemberRemoveResponse.getDefaultInstance());
  public static final MethodDescriptor<MemberUpdateRequest, MemberUpdateResponse> MEMBER_UPDATE =
      of(
          CLUSTER,
          "Cluster/MemberUpdate",
          MemberUpdateRequest.getDefaultInstance(),
          MemberUpdateResponse.getDefaultInstance());
  public static final MethodDescriptor<MemberPromoteRequest, MemberPromoteResponse> MEMBER_PROMOTE =
      of(
          CLUSTER,
          "Cluster/MemberPromote",
          MemberPromoteRequest.getDefaultInstance(),
          MemberPromoteResponse.getDefaultInstance());

  public static final MethodDescriptor<AlarmRequest, AlarmResponse> ALARM =
      of(
          MAINTENANCE,
          "Maintenance/Alarm",
          AlarmRequest.getDefaultInstance(),
          AlarmResponse.getDefaultInstance());
  public static final MethodDescriptor<StatusRequest, StatusResponse> STATUS =
      of(
          MAINTENANCE,
          "Maintenance/Status",
          StatusRequest.getDefaultInstance(),
          StatusResponse.getDefaultInstance());
  public static final MethodDescriptor<DefragmentRequest, DefragmentResponse> DEFRAGMENT =
      of(
          MAINTENANCE,
          "Maintenance/Defragment",
          DefragmentRequest.getDefaultInstance(),
          DefragmentResponse.getDefaultInstance());
  public static final MethodDescriptor<HashRequest, HashResponse> HASH =
      of(
          MAINTENANCE,
          "Maintenance/Hash",
          HashRequest.getDefaultInstance(),
          HashResponse.getDefaultInstance());
  public static final MethodDescriptor<HashKVRequest, HashKVResponse> HASH_KV =
      of(
          MAINTENANCE,
          "Maintenance/HashKV",
          HashKVRequest.getDefaultInstance(),
          HashKVResponse.getDefaultInstance());
  public static final MethodDescriptor<SnapshotRequest, SnapshotResponse> SNAPSHOT =
      of(
          MAINTENANCE,
          "Maintenance/Snapshot",
          SnapshotRequest.getDefaultInstance(),
          SnapshotResponse.getDefaultInstance());
  public static final MethodDescriptor<MoveLeaderRequest, MoveLeaderResponse> MOVE_LEADER =
      of(
          MAINTENANCE,
          "Maintenance/MoveLeader",
          MoveLeaderRequest.getDefaultInstance(),
          MoveLeaderResponse.getDefaultInstance());
  public static final MethodDescriptor<DowngradeRequest, DowngradeResponse> DOWNGRADE =
      of(
          MAINTENANCE,
          "Maintenance/Downgrade",
          DowngradeRequest.getDefaultInstance(),
          DowngradeResponse.getDefaultInstance());

  private static final FileDescriptor ELECTION = ElectionProto.getDescriptor();

  public static final MethodDescriptor<LockRequest, LockResponse> LOCK =
      of(
          LockProto.getDescriptor(),
          "Lock/Lock",
          LockRequest.getDefaultInstance(),
          LockResponse.getDefaultInstance());
  public static final MethodDescriptor<UnlockRequest, UnlockResponse> UNLOCK =
      of(
          LockProto.getDescriptor(),
          "Lock/Unlock",
          UnlockRequest.getDefaultInstance(),
          UnlockResponse.getDefaultInstance());

  public static final MethodDescriptor<CampaignRequest, CampaignResponse> CAMPAIGN =
      of(
          ELECTION,
          "Election/Campaign",
          CampaignRequest.getDefaultInstance(),
          CampaignResponse.getDefaultInstance());
  public static final MethodDescriptor<ProclaimRequest, ProclaimResponse> PROCLAIM =
      of(
          ELECTION,
          "Election/Proclaim",
          ProclaimRequest.getDefaultInstance(),
          ProclaimResponse.getDefaultInstance());
  public static final MethodDescriptor<LeaderRequest, LeaderResponse> LEADER =
      of(
          ELECTION,
          "Election/Leader",
          LeaderRequest.getDefaultInstance(),
          LeaderResponse.getDefaultInstance());
  public static final MethodDescriptor<LeaderRequest, LeaderResponse> OBSERVE =
      of(
          ELECTION,
          "Election/Observe",
          LeaderRequest.getDefaultInstance(),
          LeaderResponse.getDefaultInstance());
  public static final MethodDescriptor<ResignRequest, ResignResponse> RESIGN =
      of(
          ELECTION,
          "Election/Resign",
          ResignRequest.getDefaultInstance(),
          ResignResponse.getDefaultInstance());

  private Rpc() {}

  /// @param path service and method, such as `KV/Put`
  static <Q extends Message, R extends Message> MethodDescriptor<Q, R> of(
      FileDescriptor file, String path, Q request, R response) {
    var names = path.split("/");
    var service = file.findServiceByName(names[0]);
    var method = service.findMethodByName(names[1]);
    if (!method.getInputType().equals(request.getDescriptorForType())
        || !method.getOutputType().equals(response.getDescriptorForType())) {
      throw new IllegalArgumentException(path + " has other messages");
    }
    var type =
        method.isServerStreaming()
            ? (method.isClientStreaming() ? MethodType.BIDI_STREAMING : MethodType.SERVER_STREAMING)
            : MethodType.UNARY;
    return MethodDescriptor.<Q, R>newBuilder()
        .setType(type)
        .setFullMethodName(service.getFullName() + "/" + method.getName())
        .setRequestMarshaller(ProtoUtils.marshaller(request))
        .setResponseMarshaller(ProtoUtils.marshaller(response))
        .build();
  }
}
