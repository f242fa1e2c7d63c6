package io.flotilla.router.front;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.proto.etcd.AlarmMember;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmResponse;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.proto.etcd.AuthStatusRequest;
import io.flotilla.proto.etcd.AuthStatusResponse;
import io.flotilla.proto.etcd.AuthenticateRequest;
import io.flotilla.proto.etcd.DefragmentRequest;
import io.flotilla.proto.etcd.DowngradeRequest;
import io.flotilla.proto.etcd.DowngradeResponse;
import io.flotilla.proto.etcd.HashKVRequest;
import io.flotilla.proto.etcd.HashKVResponse;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseGrantResponse;
import io.flotilla.proto.etcd.LeaseLeasesRequest;
import io.flotilla.proto.etcd.LeaseLeasesResponse;
import io.flotilla.proto.etcd.Member;
import io.flotilla.proto.etcd.MemberAddRequest;
import io.flotilla.proto.etcd.MemberAddResponse;
import io.flotilla.proto.etcd.MemberListRequest;
import io.flotilla.proto.etcd.MemberListResponse;
import io.flotilla.proto.etcd.MemberPromoteRequest;
import io.flotilla.proto.etcd.MemberRemoveRequest;
import io.flotilla.proto.etcd.MemberUpdateRequest;
import io.flotilla.proto.etcd.MoveLeaderRequest;
import io.flotilla.proto.etcd.StatusRequest;
import io.flotilla.proto.etcd.StatusResponse;
import io.vertx.grpc.health.v1.HealthCheckRequest;
import io.vertx.grpc.health.v1.HealthCheckResponse;
import io.vertx.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.vertx.grpc.reflection.v1.ServerReflectionRequest;
import io.vertx.grpc.reflection.v1.ServerReflectionResponse;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Lease, Cluster, Maintenance, Auth and Health (contract 2.9 to 2.12).
class ServicesFrontTest {
  private static final long OTHER = 7;

  private FrontFixture front;

  @BeforeEach
  void start() {
    front = new FrontFixture();
  }

  @AfterEach
  void stop() {
    front.close();
  }

  private void expect(FrontFixture.Outcome outcome, int code, String text) {
    assertThat(outcome.text()).isEqualTo(text);
    assertThat(outcome.code()).isEqualTo(code);
  }

  private static Member member(long id, boolean learner) {
    return Member.newBuilder()
        .setID(id)
        .setName("m" + id)
        .addPeerURLs("http://m" + id + ":2380")
        .setIsLearner(learner)
        .build();
  }

  @Test
  void grantsGetAnIdAndTheMinimumTtl() throws Exception {
    var granted =
        LeaseGrantResponse.parseFrom(
            front
                .call("Lease/LeaseGrant", LeaseGrantRequest.newBuilder().setTTL(1).build())
                .body());
    assertThat(granted.getTTL()).isEqualTo(2);
    assertThat(granted.getID()).isPositive();
    assertThat(granted.getHeader().getRevision()).isEqualTo(1);
    var named =
        LeaseGrantResponse.parseFrom(
            front
                .call(
                    "Lease/LeaseGrant", LeaseGrantRequest.newBuilder().setTTL(9).setID(-3).build())
                .body());
    assertThat(named.getID()).isEqualTo(-3);
    expect(
        front.call("Lease/LeaseGrant", LeaseGrantRequest.newBuilder().setTTL(9000000001L).build()),
        11,
        "etcdserver: too large lease TTL");
    var all =
        LeaseLeasesResponse.parseFrom(
            front.call("Lease/LeaseLeases", LeaseLeasesRequest.getDefaultInstance()).body());
    assertThat(all.getLeasesCount()).isEqualTo(2);
    front.cluster.full = true;
    expect(
        front.call("Lease/LeaseGrant", LeaseGrantRequest.newBuilder().setTTL(9000000001L).build()),
        8,
        "etcdserver: mvcc: database space exceeded");
  }

  @Test
  void memberListsHaveAHeaderWithoutRevision() throws Exception {
    var list =
        MemberListResponse.parseFrom(
            front
                .call(
                    "Cluster/MemberList",
                    MemberListRequest.newBuilder().setLinearizable(true).build())
                .body());
    assertThat(list.getHeader().getRevision()).isZero();
    assertThat(list.getHeader().getClusterId()).isEqualTo(FakeCluster.CLUSTER_ID);
    assertThat(list.getHeader().getRaftTerm()).isEqualTo(2);
    assertThat(list.getMembers(0).getName()).isEqualTo("default");
  }

  @Test
  void memberChangesAreCheckedInEtcdsOrder() {
    for (String url :
        List.of("nonsense", "http://host", "http://host:1/path", "ftp://host:1", "http://:1")) {
      expect(
          front.call("Cluster/MemberAdd", MemberAddRequest.newBuilder().addPeerURLs(url).build()),
          3,
          "etcdserver: given member URLs are invalid");
    }
    expect(
        front.call("Cluster/MemberAdd", MemberAddRequest.getDefaultInstance()),
        3,
        "etcdserver: given member URLs are invalid");
    expect(
        front.call(
            "Cluster/MemberAdd",
            MemberAddRequest.newBuilder().addPeerURLs("http://localhost:2380").build()),
        9,
        "etcdserver: Peer URLs already exists");
    expect(
        front.call(
            "Cluster/MemberRemove",
            MemberRemoveRequest.newBuilder().setID(FakeCluster.MEMBER_ID).build()),
        2,
        "etcdserver: re-configuration failed due to not enough started members");
    expect(
        front.call("Cluster/MemberRemove", MemberRemoveRequest.newBuilder().setID(1).build()),
        5,
        "etcdserver: member not found");
    expect(
        front.call(
            "Cluster/MemberUpdate",
            MemberUpdateRequest.newBuilder().setID(1).addPeerURLs("http://a:1").build()),
        5,
        "etcdserver: member not found");
    expect(
        front.call(
            "Cluster/MemberPromote",
            MemberPromoteRequest.newBuilder().setID(FakeCluster.MEMBER_ID).build()),
        9,
        "etcdserver: can only promote a learner member");
    expect(
        front.call("Cluster/MemberPromote", MemberPromoteRequest.newBuilder().setID(1).build()),
        5,
        "etcdserver: member not found");
  }

  @Test
  void addedMemberIsToldWithAllTheOthers() throws Exception {
    var request = MemberAddRequest.newBuilder().addPeerURLs("http://new:2380").build();
    var added = MemberAddResponse.parseFrom(front.call("Cluster/MemberAdd", request).body());
    assertThat(added.getHeader().getRevision()).isZero();
    assertThat(added.getMember().getID()).isEqualTo(FakeCluster.NEW_MEMBER.value());
    assertThat(added.getMember().getPeerURLsList()).containsExactly("http://new:2380");
    assertThat(added.getMembersList()).hasSize(2).contains(added.getMember());
  }

  @Test
  void learnersAndStartedMembersAreCounted() {
    front.cluster.memberList = List.of(member(1, false), member(2, true));
    expect(
        front.call(
            "Cluster/MemberAdd",
            MemberAddRequest.newBuilder().addPeerURLs("http://n:1").setIsLearner(true).build()),
        9,
        "etcdserver: too many learner members in cluster");
    front.cluster.memberList =
        List.of(member(1, false), member(2, false).toBuilder().clearName().build());
    expect(
        front.call(
            "Cluster/MemberAdd", MemberAddRequest.newBuilder().addPeerURLs("http://n:1").build()),
        2,
        "etcdserver: re-configuration failed due to not enough started members");
  }

  @Test
  void statusTellsWhatThisMemberKnows() throws Exception {
    var status =
        StatusResponse.parseFrom(
            front.call("Maintenance/Status", StatusRequest.getDefaultInstance()).body());
    assertThat(status.getVersion()).isEqualTo("3.7.1");
    assertThat(status.getStorageVersion()).isEqualTo("3.7.0");
    assertThat(status.getRaftAppliedIndex()).isLessThanOrEqualTo(status.getRaftIndex());
    assertThat(status.getDbSizeInUse()).isLessThanOrEqualTo(status.getDbSize());
    assertThat(status.getDbSizeQuota()).isEqualTo(2147483648L);
    assertThat(status.hasDowngradeInfo()).isTrue();
    assertThat(status.getErrorsList()).isEmpty();
    front.cluster.leader = 0;
    front.cluster.learner = true;
    front.cluster.alarms =
        List.of(AlarmMember.newBuilder().setMemberID(7).setAlarm(AlarmType.NOSPACE).build());
    var troubled =
        StatusResponse.parseFrom(
            front.call("Maintenance/Status", StatusRequest.getDefaultInstance()).body());
    assertThat(troubled.getErrorsList())
        .containsExactly("etcdserver: no leader", "memberID:7 alarm:NOSPACE");
    assertThat(troubled.getIsLearner()).isTrue();
  }

  @Test
  void alarmsAreReadAndChanged() throws Exception {
    front.cluster.alarms =
        List.of(AlarmMember.newBuilder().setMemberID(7).setAlarm(AlarmType.NOSPACE).build());
    var got =
        AlarmResponse.parseFrom(
            front.call("Maintenance/Alarm", AlarmRequest.getDefaultInstance()).body());
    assertThat(got.getAlarmsCount()).isEqualTo(1);
    assertThat(got.getHeader().getRevision()).isEqualTo(1);
    assertThat(front.cluster.commands).isEmpty();
    var none =
        AlarmResponse.parseFrom(
            front
                .call(
                    "Maintenance/Alarm",
                    AlarmRequest.newBuilder().setAction(AlarmRequest.AlarmAction.ACTIVATE).build())
                .body());
    assertThat(none.getAlarmsCount()).as("raising no alarm does nothing").isZero();
    assertThat(none.hasHeader()).isTrue();
    var unknown =
        AlarmResponse.parseFrom(
            front
                .call("Maintenance/Alarm", AlarmRequest.newBuilder().setActionValue(9).build())
                .body());
    assertThat(unknown.getAlarmsCount()).isZero();
    front.call(
        "Maintenance/Alarm",
        AlarmRequest.newBuilder()
            .setAction(AlarmRequest.AlarmAction.DEACTIVATE)
            .setAlarm(AlarmType.NOSPACE)
            .build());
    assertThat(front.cluster.commands).hasSize(1);
  }

  @Test
  void defragmentAndMoveLeaderAnswerWithNothing() {
    assertThat(front.call("Maintenance/Defragment", DefragmentRequest.getDefaultInstance()).body())
        .isEmpty();
    var self = MoveLeaderRequest.newBuilder().setTargetID(FakeCluster.MEMBER_ID).build();
    assertThat(front.call("Maintenance/MoveLeader", self))
        .satisfies(outcome -> assertThat(outcome.code()).isZero())
        .satisfies(outcome -> assertThat(outcome.body()).isEmpty());
    expect(
        front.call("Maintenance/MoveLeader", MoveLeaderRequest.newBuilder().setTargetID(1).build()),
        9,
        "etcdserver: bad leader transferee");
    front.cluster.leader = OTHER;
    expect(front.call("Maintenance/MoveLeader", self), 9, "etcdserver: not leader");
  }

  @Test
  void hashesAreOfTheStore() throws Exception {
    var hash =
        HashKVResponse.parseFrom(
            front.call("Maintenance/HashKV", HashKVRequest.getDefaultInstance()).body());
    assertThat(hash.getCompactRevision()).isEqualTo(-1);
    assertThat(hash.getHeader().getRevision()).isEqualTo(1);
  }

  @Test
  void downgradesAreJudgedAndNotDone() throws Exception {
    var request = DowngradeRequest.newBuilder();
    for (String version : List.of("", "3", "3.6.1.2", "v3.6", "3.x")) {
      expect(
          front.call("Maintenance/Downgrade", request.setVersion(version).build()),
          3,
          "etcdserver: wrong downgrade target version format");
    }
    for (String version : List.of("3.7", "3.5.0", "2.6")) {
      expect(
          front.call("Maintenance/Downgrade", request.setVersion(version).build()),
          3,
          "etcdserver: invalid downgrade target version");
    }
    var valid = front.call("Maintenance/Downgrade", request.setVersion("3.6.0").build());
    assertThat(DowngradeResponse.parseFrom(valid.body()).getVersion()).isEqualTo("3.7");
    expect(
        front.call(
            "Maintenance/Downgrade",
            request.setAction(DowngradeRequest.DowngradeAction.ENABLE).build()),
        3,
        "etcdserver: invalid downgrade target version");
    assertThat(
            front
                .call(
                    "Maintenance/Downgrade",
                    request.setAction(DowngradeRequest.DowngradeAction.CANCEL).build())
                .code())
        .isZero();
    expect(
        front.call("Maintenance/Downgrade", request.setActionValue(9).build()),
        2,
        "etcdserver: unknown method");
  }

  @Test
  void authIsOff() throws Exception {
    expect(
        front.call("Auth/Authenticate", AuthenticateRequest.getDefaultInstance()),
        9,
        "etcdserver: authentication is not enabled");
    var status =
        AuthStatusResponse.parseFrom(
            front.call("Auth/AuthStatus", AuthStatusRequest.getDefaultInstance()).body());
    assertThat(status.getEnabled()).isFalse();
    assertThat(status.getAuthRevision()).isEqualTo(1);
    assertThat(status.getHeader().getMemberId()).isEqualTo(FakeCluster.MEMBER_ID);
  }

  private FrontFixture.Outcome health(String service) {
    return front.call(
        "grpc.health.v1.Health",
        "Check",
        HealthCheckRequest.newBuilder().setService(service).build().toByteArray(),
        Map.of());
  }

  @Test
  void grpcHealthKnowsTheServerAsAWhole() throws Exception {
    front.cluster.capable = false;
    assertThat(HealthCheckResponse.parseFrom(health("").body()).getStatus())
        .isEqualTo(ServingStatus.SERVING);
    expect(health("etcdserverpb.KV"), 5, "unknown service");
    front.state.set(false);
    assertThat(HealthCheckResponse.parseFrom(health("").body()).getStatus())
        .isEqualTo(ServingStatus.NOT_SERVING);
  }

  @Test
  void reflectionListsOurServices() throws Exception {
    var listed =
        front.call(
            "grpc.reflection.v1.ServerReflection",
            "ServerReflectionInfo",
            ServerReflectionRequest.newBuilder().setListServices("").build().toByteArray(),
            Map.of());
    var services =
        ServerReflectionResponse.parseFrom(listed.body())
            .getListServicesResponse()
            .getServiceList();
    assertThat(services.stream().map(service -> service.getName()).toList())
        .contains("etcdserverpb.KV", "etcdserverpb.Watch", "etcdserverpb.Maintenance");
  }

  @Test
  void eventLoopsShareThePort() {
    try (var wide = new FrontFixture(Set.of("*"), Set.of(), FrontFixture.LIMITS, 2)) {
      for (int i = 0; i < 8; i++) {
        assertThat(wide.get("/health").statusCode()).isEqualTo(200);
      }
      assertThat(wide.call("Maintenance/Status", StatusRequest.getDefaultInstance()).code())
          .isZero();
    }
  }
}
