package io.flotilla.contract;

import static io.flotilla.contract.Refusal.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.proto.election.CampaignRequest;
import io.flotilla.proto.election.CampaignResponse;
import io.flotilla.proto.election.LeaderKey;
import io.flotilla.proto.election.LeaderRequest;
import io.flotilla.proto.election.LeaderResponse;
import io.flotilla.proto.election.ProclaimRequest;
import io.flotilla.proto.election.ProclaimResponse;
import io.flotilla.proto.election.ResignRequest;
import io.grpc.Status.Code;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/// 2.13, the Election service; assertion 74.
class ElectionTest extends ContractTest {
  private static final String MISSING = "\"leader\" field must be provided";

  private CampaignRequest request(String name, long lease, String value) {
    return CampaignRequest.newBuilder()
        .setName(key(name))
        .setLease(lease)
        .setValue(ByteString.copyFromUtf8(value))
        .build();
  }

  private CampaignResponse campaign(String name, long lease, String value) {
    return etcd.call(Rpc.CAMPAIGN, request(name, lease, value));
  }

  private Duplex<CampaignRequest, CampaignResponse> waitFor(String name, long lease) {
    var waiting = etcd.open(Rpc.CAMPAIGN);
    waiting.send(request(name, lease, "waiting"));
    waiting.halfClose();
    awaitCount(name, lease, 1);
    return waiting;
  }

  private void awaitCount(String name, long lease, int count) {
    long deadline = System.nanoTime() + Duration.ofSeconds(15).toNanos();
    while (etcd.range(Requests.range(own(name, lease))).getKvsCount() != count) {
      assertThat(System.nanoTime()).isLessThan(deadline);
    }
  }

  private ByteString own(String name, long lease) {
    return key(name).concat(ByteString.copyFromUtf8("/" + Long.toHexString(lease)));
  }

  private LeaderRequest election(String name) {
    return LeaderRequest.newBuilder().setName(key(name)).build();
  }

  private LeaderResponse leader(String name) {
    return etcd.call(Rpc.LEADER, election(name));
  }

  private ProclaimResponse proclaim(LeaderKey leader, String value) {
    return etcd.call(
        Rpc.PROCLAIM,
        ProclaimRequest.newBuilder()
            .setLeader(leader)
            .setValue(ByteString.copyFromUtf8(value))
            .build());
  }

  private void resign(LeaderKey leader) {
    etcd.call(Rpc.RESIGN, ResignRequest.newBuilder().setLeader(leader).build());
  }

  private static String value(LeaderResponse told) {
    return told.getKv().getValue().toStringUtf8();
  }

  @Test
  void theWinnerIsTheLeaderWithItsValue() {
    long lease = etcd.grant(60);
    CampaignResponse won = campaign("a", lease, "one");
    LeaderKey leader = won.getLeader();
    assertThat(leader.getName()).isEqualTo(key("a"));
    assertThat(leader.getKey()).isEqualTo(own("a", lease));
    assertThat(leader.getLease()).isEqualTo(lease);
    assertThat(leader.getRev()).isEqualTo(won.getHeader().getRevision());
    LeaderResponse told = leader("a");
    assertThat(told.getKv().getCreateRevision()).isEqualTo(leader.getRev());
    assertThat(value(told)).isEqualTo("one");
    resign(leader);
    assertRefused(Code.UNKNOWN, "election: no leader", () -> leader("a"));
    etcd.revoke(lease);
  }

  // 2.13 Campaign: its own key with another value is rewritten; the header is the first txn's.
  @Test
  void whoCampaignsAgainKeepsItsPlaceAndChangesItsValue() {
    long lease = etcd.grant(60);
    LeaderKey first = campaign("r", lease, "one").getLeader();
    long before = etcd.revision();
    CampaignResponse again = campaign("r", lease, "two");
    assertThat(again.getLeader()).isEqualTo(first);
    assertThat(value(leader("r"))).isEqualTo("two");
    assertThat(leader("r").getKv().getModRevision()).isGreaterThan(before);
    assertThat(again.getHeader().getRevision()).isGreaterThanOrEqualTo(first.getRev());
    long version = leader("r").getKv().getVersion();
    campaign("r", lease, "two");
    assertThat(leader("r").getKv().getVersion()).isEqualTo(version);
    etcd.revoke(lease);
  }

  @Test
  void candidatesLeadOneAfterTheOther() {
    long a = etcd.grant(60);
    long b = etcd.grant(60);
    LeaderKey first = campaign("o", a, "one").getLeader();
    try (var second = waitFor("o", b)) {
      assertThat(value(leader("o"))).isEqualTo("one");
      resign(first);
      CampaignResponse won = second.next();
      assertThat(won.getLeader().getKey()).isEqualTo(own("o", b));
      assertThat(won.getHeader().getRevision()).isEqualTo(won.getLeader().getRev());
      assertThat(value(leader("o"))).isEqualTo("waiting");
    }
    etcd.revoke(a);
    etcd.revoke(b);
  }

  @Test
  void aCandidateThatGivesUpLeavesTheLine() {
    long a = etcd.grant(60);
    long b = etcd.grant(60);
    campaign("c", a, "one");
    waitFor("c", b).close();
    awaitCount("c", b, 0);
    etcd.revoke(a);
    etcd.revoke(b);
  }

  // Assertion 74.
  @Test
  void onlyTheLeaderOfThatTimeProclaims() {
    long lease = etcd.grant(60);
    LeaderKey leader = campaign("p", lease, "one").getLeader();
    ProclaimResponse done = proclaim(leader, "two");
    assertThat(leader("p").getKv().getModRevision()).isEqualTo(done.getHeader().getRevision());
    assertThat(value(leader("p"))).isEqualTo("two");
    LeaderKey stale = leader.toBuilder().setRev(leader.getRev() - 1).build();
    assertRefused(Code.UNKNOWN, "election: not leader", () -> proclaim(stale, "three"));
    resign(stale);
    assertThat(value(leader("p"))).as("a stale leader resigns nothing").isEqualTo("two");
    resign(leader);
    assertRefused(Code.UNKNOWN, "election: not leader", () -> proclaim(leader, "four"));
    resign(leader);
    etcd.revoke(lease);
  }

  // 2.13: leader missing.
  @Test
  void theLeaderHasToBeNamed() {
    assertRefused(
        Code.UNKNOWN, MISSING, () -> etcd.call(Rpc.PROCLAIM, ProclaimRequest.getDefaultInstance()));
    assertRefused(
        Code.UNKNOWN, MISSING, () -> etcd.call(Rpc.RESIGN, ResignRequest.getDefaultInstance()));
    assertRefused(
        Code.UNKNOWN, "etcdserver: requested lease not found", () -> campaign("x", 0x7777777, "v"));
  }

  // 2.13 Observe.
  @Test
  void observersSeeEachLeaderAndWhatItProclaims() {
    long a = etcd.grant(60);
    long b = etcd.grant(60);
    try (var observer = etcd.open(Rpc.OBSERVE)) {
      observer.send(election("s"));
      observer.halfClose();
      LeaderKey first = campaign("s", a, "one").getLeader();
      LeaderResponse told = observer.next();
      assertThat(value(told)).isEqualTo("one");
      assertThat(told.getKv().getKey()).isEqualTo(first.getKey());
      assertThat(told.getHeader().getRevision()).isEqualTo(first.getRev());
      proclaim(first, "two");
      assertThat(value(observer.next())).isEqualTo("two");
      try (var second = waitFor("s", b)) {
        resign(first);
        second.next();
        LeaderResponse next = observer.next();
        assertThat(next.getKv().getKey()).isEqualTo(own("s", b));
        assertThat(value(next)).isEqualTo("waiting");
      }
      etcd.revoke(b);
      campaign("s", a, "three");
      assertThat(value(observer.next())).isEqualTo("three");
    }
    etcd.revoke(a);
  }

  @Test
  void anObserverThatComesLateSeesTheLeader() {
    long lease = etcd.grant(60);
    campaign("l", lease, "one");
    try (var observer = etcd.open(Rpc.OBSERVE)) {
      observer.send(election("l"));
      observer.halfClose();
      assertThat(value(observer.next())).isEqualTo("one");
    }
    etcd.revoke(lease);
  }

  // 1.1: paths of the gateway.
  @Test
  void theGatewayElects() {
    long lease = etcd.grant(60);
    String name = "\"name\":\"" + Json.base64(key("h")) + "\"";
    String stand = "{" + name + ",\"lease\":\"" + lease + "\",\"value\":\"b25l\"}";
    var won = Json.object(http().post("/v3/election/campaign", stand).body());
    String leader = won.getAsJsonObject("leader").toString();
    String change = "{\"leader\":" + leader + ",\"value\":\"dHdv\"}";
    assertThat(http().post("/v3/election/proclaim", change).statusCode()).isEqualTo(200);
    var told = Json.object(http().post("/v3/election/leader", "{" + name + "}").body());
    assertThat(told.getAsJsonObject("kv").get("value").getAsString()).isEqualTo("dHdv");
    try (var lines = http().stream("/v3/election/observe", "{" + name + "}")) {
      var line = Json.object(lines.next()).getAsJsonObject("result");
      assertThat(line.getAsJsonObject("kv").get("value").getAsString()).isEqualTo("dHdv");
    }
    String leave = "{\"leader\":" + leader + "}";
    assertThat(http().post("/v3/election/resign", leave).statusCode()).isEqualTo(200);
    var none = http().post("/v3/election/leader", "{" + name + "}");
    assertThat(none.statusCode()).isEqualTo(500);
    assertThat(Json.object(none.body()).get("message").getAsString())
        .isEqualTo("election: no leader");
    etcd.revoke(lease);
  }
}
