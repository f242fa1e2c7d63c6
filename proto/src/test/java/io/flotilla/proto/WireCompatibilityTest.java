package io.flotilla.proto;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.api.AnnotationsProto;
import com.google.api.HttpRule;
import com.google.protobuf.Descriptors.MethodDescriptor;
import io.flotilla.proto.auth.AuthProto;
import io.flotilla.proto.election.ElectionProto;
import io.flotilla.proto.etcd.AuthServiceProto;
import io.flotilla.proto.etcd.ClusterProto;
import io.flotilla.proto.etcd.HeaderProto;
import io.flotilla.proto.etcd.KvServiceProto;
import io.flotilla.proto.etcd.LeaseProto;
import io.flotilla.proto.etcd.MaintenanceProto;
import io.flotilla.proto.etcd.WatchProto;
import io.flotilla.proto.lock.LockProto;
import io.flotilla.proto.mvcc.KvProto;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/// Our etcd packages against those that etcd's Java client was generated from. Whatever is not
/// equal is listed here with its reason, so that nothing is added, lost or renumbered unseen.
class WireCompatibilityTest {

  private static final Wire OURS =
      Wire.of(
          KvProto.getDescriptor(),
          AuthProto.getDescriptor(),
          HeaderProto.getDescriptor(),
          KvServiceProto.getDescriptor(),
          WatchProto.getDescriptor(),
          LeaseProto.getDescriptor(),
          ClusterProto.getDescriptor(),
          MaintenanceProto.getDescriptor(),
          AuthServiceProto.getDescriptor(),
          LockProto.getDescriptor(),
          ElectionProto.getDescriptor());

  private static final Wire JETCD =
      Wire.of(
          io.etcd.jetcd.api.KeyValue.getDescriptor().getFile(),
          io.etcd.jetcd.api.Permission.getDescriptor().getFile(),
          io.etcd.jetcd.api.ResponseHeader.getDescriptor().getFile(),
          io.etcd.jetcd.api.lock.LockRequest.getDescriptor().getFile(),
          io.etcd.jetcd.api.LeaderKey.getDescriptor().getFile());

  /// Releases of etcd that added what the client's older files lack.
  private static final Set<String> NEWER_MESSAGES =
      Set.of(
          // 3.3
          "etcdserverpb.LeaseLeasesRequest",
          "etcdserverpb.LeaseLeasesResponse",
          "etcdserverpb.LeaseStatus",
          // 3.4
          "authpb.UserAddOptions",
          "etcdserverpb.MemberPromoteRequest",
          "etcdserverpb.MemberPromoteResponse",
          // 3.5
          "etcdserverpb.AuthStatusRequest",
          "etcdserverpb.AuthStatusResponse",
          "etcdserverpb.DowngradeRequest",
          "etcdserverpb.DowngradeResponse",
          // 3.6
          "etcdserverpb.DowngradeInfo",
          // 3.7
          "etcdserverpb.RangeStreamResponse");

  private static final Set<String> NEWER_FIELDS =
      Set.of(
          // 3.3
          "etcdserverpb.Compare #8 int64 lease (target_union)",
          "etcdserverpb.LeaseLeasesResponse #1 etcdserverpb.ResponseHeader header",
          "etcdserverpb.LeaseLeasesResponse #2 repeated etcdserverpb.LeaseStatus leases",
          "etcdserverpb.LeaseStatus #1 int64 ID",
          // 3.4
          "authpb.User #4 authpb.UserAddOptions options",
          "authpb.UserAddOptions #1 bool no_password",
          "etcdserverpb.AuthUserAddRequest #3 authpb.UserAddOptions options",
          "etcdserverpb.MemberPromoteRequest #1 uint64 ID",
          "etcdserverpb.MemberPromoteResponse #1 etcdserverpb.ResponseHeader header",
          "etcdserverpb.MemberPromoteResponse #2 repeated etcdserverpb.Member members",
          "etcdserverpb.StatusResponse #7 uint64 raftAppliedIndex",
          "etcdserverpb.StatusResponse #8 repeated string errors",
          "etcdserverpb.StatusResponse #9 int64 dbSizeInUse",
          "etcdserverpb.StatusResponse #10 bool isLearner",
          "etcdserverpb.WatchCreateRequest #7 int64 watch_id",
          "etcdserverpb.WatchCreateRequest #8 bool fragment",
          "etcdserverpb.WatchResponse #7 bool fragment",
          // 3.5
          "etcdserverpb.AuthStatusResponse #1 etcdserverpb.ResponseHeader header",
          "etcdserverpb.AuthStatusResponse #2 bool enabled",
          "etcdserverpb.AuthStatusResponse #3 uint64 authRevision",
          "etcdserverpb.AuthUserAddRequest #4 string hashedPassword",
          "etcdserverpb.AuthUserChangePasswordRequest #3 string hashedPassword",
          "etcdserverpb.DowngradeRequest #1 etcdserverpb.DowngradeRequest.DowngradeAction action",
          "etcdserverpb.DowngradeRequest #2 string version",
          "etcdserverpb.DowngradeResponse #1 etcdserverpb.ResponseHeader header",
          "etcdserverpb.DowngradeResponse #2 string version",
          "etcdserverpb.MemberListRequest #1 bool linearizable",
          // 3.6
          "etcdserverpb.DowngradeInfo #1 bool enabled",
          "etcdserverpb.DowngradeInfo #2 string targetVersion",
          "etcdserverpb.HashKVResponse #4 int64 hash_revision",
          "etcdserverpb.SnapshotResponse #4 string version",
          "etcdserverpb.StatusResponse #11 string storageVersion",
          "etcdserverpb.StatusResponse #12 int64 dbSizeQuota",
          "etcdserverpb.StatusResponse #13 etcdserverpb.DowngradeInfo downgradeInfo",
          // 3.7
          "etcdserverpb.RangeStreamResponse #1 etcdserverpb.RangeResponse range_response");

  private static final Set<String> NEWER_ENUM_VALUES =
      Set.of(
          // 3.3
          "etcdserverpb.AlarmType 2 CORRUPT",
          "etcdserverpb.Compare.CompareTarget 4 LEASE",
          // 3.5
          "etcdserverpb.DowngradeRequest.DowngradeAction 0 VALIDATE",
          "etcdserverpb.DowngradeRequest.DowngradeAction 1 ENABLE",
          "etcdserverpb.DowngradeRequest.DowngradeAction 2 CANCEL");

  private static final Set<String> NEWER_CALLS =
      Set.of(
          // 3.3
          "etcdserverpb.Lease/LeaseLeases"
              + " etcdserverpb.LeaseLeasesRequest -> etcdserverpb.LeaseLeasesResponse",
          // 3.4
          "etcdserverpb.Cluster/MemberPromote"
              + " etcdserverpb.MemberPromoteRequest -> etcdserverpb.MemberPromoteResponse",
          // 3.5
          "etcdserverpb.Auth/AuthStatus"
              + " etcdserverpb.AuthStatusRequest -> etcdserverpb.AuthStatusResponse",
          "etcdserverpb.Maintenance/Downgrade"
              + " etcdserverpb.DowngradeRequest -> etcdserverpb.DowngradeResponse",
          // 3.7
          "etcdserverpb.KV/RangeStream"
              + " etcdserverpb.RangeRequest -> stream etcdserverpb.RangeStreamResponse");

  /// Declared by the client's files, but no release of etcd serves it: progress is asked for on the
  /// watch stream.
  private static final Set<String> CALLS_ETCD_DOES_NOT_HAVE =
      Set.of(
          "etcdserverpb.Watch/Progress"
              + " etcdserverpb.WatchProgressRequest -> etcdserverpb.WatchResponse");

  private static final Set<String> HTTP_BINDINGS =
      Set.of(
          "etcdserverpb.KV.Range /v3/kv/range",
          "etcdserverpb.KV.Put /v3/kv/put",
          "etcdserverpb.KV.DeleteRange /v3/kv/deleterange",
          "etcdserverpb.KV.Txn /v3/kv/txn",
          "etcdserverpb.KV.Compact /v3/kv/compaction",
          "etcdserverpb.Watch.Watch /v3/watch",
          "etcdserverpb.Lease.LeaseGrant /v3/lease/grant",
          "etcdserverpb.Lease.LeaseRevoke /v3/lease/revoke",
          "etcdserverpb.Lease.LeaseRevoke /v3/kv/lease/revoke",
          "etcdserverpb.Lease.LeaseKeepAlive /v3/lease/keepalive",
          "etcdserverpb.Lease.LeaseTimeToLive /v3/lease/timetolive",
          "etcdserverpb.Lease.LeaseTimeToLive /v3/kv/lease/timetolive",
          "etcdserverpb.Lease.LeaseLeases /v3/lease/leases",
          "etcdserverpb.Lease.LeaseLeases /v3/kv/lease/leases",
          "etcdserverpb.Cluster.MemberAdd /v3/cluster/member/add",
          "etcdserverpb.Cluster.MemberRemove /v3/cluster/member/remove",
          "etcdserverpb.Cluster.MemberUpdate /v3/cluster/member/update",
          "etcdserverpb.Cluster.MemberList /v3/cluster/member/list",
          "etcdserverpb.Cluster.MemberPromote /v3/cluster/member/promote",
          "etcdserverpb.Maintenance.Alarm /v3/maintenance/alarm",
          "etcdserverpb.Maintenance.Status /v3/maintenance/status",
          "etcdserverpb.Maintenance.Defragment /v3/maintenance/defragment",
          "etcdserverpb.Maintenance.Hash /v3/maintenance/hash",
          "etcdserverpb.Maintenance.HashKV /v3/maintenance/hashkv",
          "etcdserverpb.Maintenance.Snapshot /v3/maintenance/snapshot",
          "etcdserverpb.Maintenance.MoveLeader /v3/maintenance/transfer-leadership",
          "etcdserverpb.Maintenance.Downgrade /v3/maintenance/downgrade",
          "etcdserverpb.Auth.AuthEnable /v3/auth/enable",
          "etcdserverpb.Auth.AuthDisable /v3/auth/disable",
          "etcdserverpb.Auth.AuthStatus /v3/auth/status",
          "etcdserverpb.Auth.Authenticate /v3/auth/authenticate",
          "etcdserverpb.Auth.UserAdd /v3/auth/user/add",
          "etcdserverpb.Auth.UserGet /v3/auth/user/get",
          "etcdserverpb.Auth.UserList /v3/auth/user/list",
          "etcdserverpb.Auth.UserDelete /v3/auth/user/delete",
          "etcdserverpb.Auth.UserChangePassword /v3/auth/user/changepw",
          "etcdserverpb.Auth.UserGrantRole /v3/auth/user/grant",
          "etcdserverpb.Auth.UserRevokeRole /v3/auth/user/revoke",
          "etcdserverpb.Auth.RoleAdd /v3/auth/role/add",
          "etcdserverpb.Auth.RoleGet /v3/auth/role/get",
          "etcdserverpb.Auth.RoleList /v3/auth/role/list",
          "etcdserverpb.Auth.RoleDelete /v3/auth/role/delete",
          "etcdserverpb.Auth.RoleGrantPermission /v3/auth/role/grant",
          "etcdserverpb.Auth.RoleRevokePermission /v3/auth/role/revoke",
          "v3lockpb.Lock.Lock /v3/lock/lock",
          "v3lockpb.Lock.Unlock /v3/lock/unlock",
          "v3electionpb.Election.Campaign /v3/election/campaign",
          "v3electionpb.Election.Proclaim /v3/election/proclaim",
          "v3electionpb.Election.Leader /v3/election/leader",
          "v3electionpb.Election.Observe /v3/election/observe",
          "v3electionpb.Election.Resign /v3/election/resign");

  /// RangeStream answers over gRPC only.
  private static final Set<String> CALLS_WITHOUT_HTTP = Set.of("etcdserverpb.KV.RangeStream");

  @Test
  void everyMessageIsEtcds() {
    assertThat(without(OURS.messages(), JETCD.messages())).isEqualTo(NEWER_MESSAGES);
    assertThat(without(JETCD.messages(), OURS.messages())).isEmpty();
  }

  /// Old clients and data depend on it: there is no exception in this direction.
  @Test
  void everyMessageHasEtcdsFieldNumbersAndTypes() {
    assertThat(OURS.fieldNumbersAndTypes()).containsAll(JETCD.fieldNumbersAndTypes());
  }

  @Test
  void everyFieldHasEtcdsNameAndOneof() {
    assertThat(without(OURS.fieldNames(), JETCD.fieldNames())).isEqualTo(NEWER_FIELDS);
    assertThat(without(JETCD.fieldNames(), OURS.fieldNames())).isEmpty();
  }

  @Test
  void everyEnumValueHasEtcdsNameAndNumber() {
    assertThat(without(OURS.enumValues(), JETCD.enumValues())).isEqualTo(NEWER_ENUM_VALUES);
    assertThat(without(JETCD.enumValues(), OURS.enumValues())).isEmpty();
  }

  @Test
  void everyCallHasEtcdsMessagesAndStreamKinds() {
    assertThat(without(OURS.calls(), JETCD.calls())).isEqualTo(NEWER_CALLS);
    assertThat(without(JETCD.calls(), OURS.calls())).isEqualTo(CALLS_ETCD_DOES_NOT_HAVE);
  }

  @Test
  void everyCallHasExactlyTheContractsHttpPaths() {
    var bindings =
        OURS.allMethods()
            .flatMap(WireCompatibilityTest::httpBindings)
            .collect(Collectors.toCollection(TreeSet::new));
    assertThat(bindings).isEqualTo(HTTP_BINDINGS);
  }

  @Test
  void everyCallButTheGrpcOnlyOnesHasAnHttpPath() {
    var bare =
        OURS.allMethods()
            .filter(method -> httpBindings(method).findAny().isEmpty())
            .map(MethodDescriptor::getFullName)
            .collect(Collectors.toSet());
    assertThat(bare).isEqualTo(CALLS_WITHOUT_HTTP);
  }

  private static Stream<String> httpBindings(MethodDescriptor method) {
    if (!method.getOptions().hasExtension(AnnotationsProto.http)) {
      return Stream.empty();
    }
    var rule = method.getOptions().getExtension(AnnotationsProto.http);
    return Stream.concat(Stream.of(rule), rule.getAdditionalBindingsList().stream())
        .map(binding -> method.getFullName() + " " + render(binding));
  }

  private static String render(HttpRule rule) {
    assertThat(rule.getPatternCase()).isEqualTo(HttpRule.PatternCase.POST);
    assertThat(rule.getBody()).as(rule.getPost()).isEqualTo("*");
    assertThat(rule.getResponseBody()).as(rule.getPost()).isEmpty();
    return rule.getPost();
  }

  private static SortedSet<String> without(SortedSet<String> facts, SortedSet<String> known) {
    var rest = new TreeSet<>(facts);
    rest.removeAll(known);
    return rest;
  }
}
