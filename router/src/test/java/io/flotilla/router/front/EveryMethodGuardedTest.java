package io.flotilla.router.front;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.flotilla.proto.auth.Permission.Type;
import io.flotilla.proto.election.LeaderKey;
import io.flotilla.proto.election.ProclaimRequest;
import io.flotilla.proto.election.ResignRequest;
import io.flotilla.proto.etcd.AlarmRequest;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.proto.etcd.AuthEnableRequest;
import io.flotilla.proto.etcd.AuthRoleGetRequest;
import io.flotilla.proto.etcd.AuthUserGetRequest;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseKeepAliveRequest;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.LeaseTimeToLiveRequest;
import io.flotilla.proto.etcd.MemberAddRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchRequest;
import io.flotilla.proto.lock.UnlockRequest;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.error.ApiStatus;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.front.rpc.RpcMethod;
import io.flotilla.router.front.rpc.StreamSession;
import io.flotilla.router.front.rpc.StreamSink;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// Walks every method that the server has, and every field that names a key, a range or a lease:
/// nobody gets through who may not (contract 2.12.1).
class EveryMethodGuardedTest {
  private static final long OWN_LEASE = 7;
  private static final long FOREIGN_LEASE = 8;

  /// Methods that need no user.
  private static final Set<String> OPEN =
      Set.of(
          "etcdserverpb.Auth/Authenticate",
          "etcdserverpb.Auth/AuthStatus",
          "grpc.health.v1.Health/Check",
          "grpc.health.v1.Health/List",
          "grpc.health.v1.Health/Watch");

  /// Methods that any user may call in some form; by then their keys decide.
  private final Map<String, Message> allowed = new HashMap<>();

  private final FrontFixture front = new FrontFixture();
  private final Users users = new Users(front);
  private Map<String, String> alice = Map.of();

  @BeforeEach
  void aliceMayTouchKeysWithAAndWriteW() {
    front.watch.handler = EveryMethodGuardedTest::watch;
    users.add("alice", "pw").grant("alice", Type.READWRITE, "a", "b");
    users.grant("alice", Type.WRITE, "w", "");
    for (long lease : new long[] {OWN_LEASE, FOREIGN_LEASE}) {
      users.ok("Lease/LeaseGrant", LeaseGrantRequest.newBuilder().setTTL(60).setID(lease).build());
    }
    users.ok("KV/Put", put("a-own").setLease(OWN_LEASE).build());
    users.ok("KV/Put", put("x-foreign").setLease(FOREIGN_LEASE).build());
    users.enable();
    alice = Map.of("token", users.login("alice", "pw"));
    allowRequests();
  }

  @AfterEach
  void close() throws Exception {
    front.close();
  }

  private void allowRequests() {
    RangeRequest range = RangeRequest.newBuilder().setKey(key("a")).setRangeEnd(key("b")).build();
    PutRequest put = put("a-own").setLease(OWN_LEASE).build();
    DeleteRangeRequest delete = DeleteRangeRequest.newBuilder().setKey(key("a-gone")).build();
    allow("KV/Range", range);
    allow("KV/RangeStream", range);
    allow("KV/Put", put);
    allow("KV/DeleteRange", delete);
    allow("KV/Txn", txn(range, put, delete));
    allow(
        "Watch/Watch",
        WatchRequest.newBuilder()
            .setCreateRequest(
                WatchCreateRequest.newBuilder().setKey(key("a")).setRangeEnd(key("b")))
            .build());
    allow("Lease/LeaseGrant", LeaseGrantRequest.newBuilder().setTTL(60).setID(99).build());
    allow("Lease/LeaseKeepAlive", LeaseKeepAliveRequest.newBuilder().setID(OWN_LEASE).build());
    allow("Lease/LeaseRevoke", LeaseRevokeRequest.newBuilder().setID(OWN_LEASE).build());
    allow(
        "Lease/LeaseTimeToLive",
        LeaseTimeToLiveRequest.newBuilder().setID(OWN_LEASE).setKeys(true).build());
    allow("Cluster/MemberList", io.flotilla.proto.etcd.MemberListRequest.getDefaultInstance());
    allow("Maintenance/Status", io.flotilla.proto.etcd.StatusRequest.getDefaultInstance());
    allow("Maintenance/Alarm", AlarmRequest.getDefaultInstance());
    allow("Auth/UserGet", AuthUserGetRequest.newBuilder().setName("alice").build());
    allow("Auth/RoleGet", AuthRoleGetRequest.newBuilder().setRole("alice").build());
  }

  private void allow(String method, Message request) {
    allowed.put("etcdserverpb." + method, request);
  }

  /// Everything that can be nested, on either side, with a txn that holds all of it again.
  private static TxnRequest txn(RangeRequest range, PutRequest put, DeleteRangeRequest delete) {
    TxnRequest inner = branches(range, put, delete, 0).build();
    return branches(range, put, delete, 1)
        .addSuccess(RequestOp.newBuilder().setRequestTxn(inner))
        .addFailure(RequestOp.newBuilder().setRequestTxn(inner))
        .build();
  }

  /// @param number keeps the puts of a txn and of the one inside apart
  private static TxnRequest.Builder branches(
      RangeRequest range, PutRequest put, DeleteRangeRequest delete, int number) {
    PutRequest own = put.toBuilder().setKey(key("a-own" + number)).build();
    return TxnRequest.newBuilder()
        .addCompare(Compare.newBuilder().setKey(key("a")).setVersion(3))
        .addSuccess(RequestOp.newBuilder().setRequestRange(range))
        .addSuccess(RequestOp.newBuilder().setRequestPut(own))
        .addSuccess(RequestOp.newBuilder().setRequestDeleteRange(delete))
        .addFailure(RequestOp.newBuilder().setRequestRange(range))
        .addFailure(RequestOp.newBuilder().setRequestPut(own))
        .addFailure(RequestOp.newBuilder().setRequestDeleteRange(delete));
  }

  private static PutRequest.Builder put(String key) {
    return PutRequest.newBuilder().setKey(key(key));
  }

  private static ByteString key(String text) {
    return ByteString.copyFromUtf8(text);
  }

  /// Answers with a status what the watch would answer with a response.
  private static StreamSession<WatchRequest> watch(
      Call call, StreamSink<io.flotilla.proto.etcd.WatchResponse> sink) {
    return new StreamSession<>() {
      @Override
      public void onRequest(WatchRequest request) {
        call.guard()
            .check(call, request.getCreateRequest())
            .onComplete(
                _ -> sink.end(),
                failure -> {
                  ApiStatus status = ApiError.find(failure);
                  sink.fail(status == null ? ApiError.UNHEALTHY.status() : status);
                });
      }

      @Override
      public void onClosed() {}
    };
  }

  private FrontFixture.Outcome call(
      RpcMethod<?, ?> method, Message request, Map<String, String> as) {
    return front.call(method.service(), method.name(), request.toByteArray(), as);
  }

  /// A request whose arguments are in order, as those are looked at first.
  private Message request(RpcMethod<?, ?> method) {
    if (method.name().equals("MemberAdd")) {
      return MemberAddRequest.newBuilder().addPeerURLs("http://a:1").build();
    }
    return allowed.getOrDefault(method.toString(), inQueue(method));
  }

  /// Of the services that carry out requests of KV for one of their own.
  private static Message inQueue(RpcMethod<?, ?> method) {
    LeaderKey place = LeaderKey.newBuilder().setKey(key("x")).setLease(OWN_LEASE).build();
    return switch (method.toString()) {
      case "v3lockpb.Lock/Unlock" -> UnlockRequest.newBuilder().setKey(key("x")).build();
      case "v3electionpb.Election/Proclaim" ->
          ProclaimRequest.newBuilder().setLeader(place).build();
      case "v3electionpb.Election/Resign" -> ResignRequest.newBuilder().setLeader(place).build();
      default -> method.requestPrototype();
    };
  }

  /// These tell a refusal by its text alone (contract 2.13).
  private static int told(String method, int code) {
    boolean queue = method.startsWith("v3lockpb.") || method.startsWith("v3electionpb.");
    return queue ? 2 : code;
  }

  @Test
  void nobodyIsLetInWithoutAUser() {
    for (RpcMethod<?, ?> method : front.registry.methods()) {
      if (!OPEN.contains(method.toString())) {
        var outcome = call(method, request(method), Map.of());
        assertThat(outcome.text())
            .as(method.toString())
            .isEqualTo("etcdserver: user name is empty");
        assertThat(outcome.code()).as(method.toString()).isEqualTo(told(method.toString(), 3));
      }
    }
  }

  @Test
  void aTokenThatNobodyGaveOutIsRefusedAlsoWhereNoneIsNeeded() {
    var headers = Map.of("token", "abcdefghijklmnop.12");
    for (RpcMethod<?, ?> method : front.registry.methods()) {
      boolean looks =
          !OPEN.contains(method.toString()) || method.toString().endsWith("Auth/AuthStatus");
      if (looks) {
        var outcome = call(method, request(method), headers);
        assertThat(outcome.text())
            .as(method.toString())
            .isEqualTo("etcdserver: invalid auth token");
        assertThat(outcome.code()).as(method.toString()).isEqualTo(told(method.toString(), 16));
      }
    }
  }

  @Test
  void whatIsNotListedForEverybodyNeedsTheRootRole() {
    for (RpcMethod<?, ?> method : front.registry.methods()) {
      if (!OPEN.contains(method.toString()) && !allowed.containsKey(method.toString())) {
        assertDenied(method.toString(), call(method, request(method), alice));
      }
    }
    var raise = AlarmRequest.newBuilder().setAction(AlarmRequest.AlarmAction.ACTIVATE);
    raise.setAlarm(AlarmType.NOSPACE);
    assertDenied("raise", front.call("Maintenance/Alarm", raise.build(), alice));
    var others = AuthUserGetRequest.newBuilder().setName("root").build();
    assertDenied("user", front.call("Auth/UserGet", others, alice));
    var role = AuthRoleGetRequest.newBuilder().setRole("root").build();
    assertDenied("role", front.call("Auth/RoleGet", role, alice));
  }

  @Test
  void noFieldOfARequestReachesBeyondThePermissions() {
    var trespass = new Trespass(key("x-foreign"), key("w"), FOREIGN_LEASE);
    int steps = 0;
    for (RpcMethod<?, ?> method : front.registry.methods()) {
      boolean ofKeys = Set.of("KV", "Watch", "Lease").contains(method.service().substring(13));
      Message base = allowed.get(method.toString());
      if (!method.service().startsWith("etcdserverpb.") || !ofKeys || base == null) {
        continue;
      }
      if (!method.name().equals("LeaseRevoke")) {
        var outcome = call(method, base, alice);
        assertThat(outcome.code()).as("%s: %s", method, outcome.text()).isNotIn(7, 3, 16);
      }
      if (method.name().equals("LeaseGrant")) {
        continue; // a new lease has no keys
      }
      for (Trespass.Step step : trespass.stepsOf(base)) {
        steps++;
        assertDenied(method + " " + step.field(), call(method, step.request(), alice));
      }
    }
    assertThat(steps).as("fields that were tried").isGreaterThan(40);
  }

  @Test
  void rootPassesEverywhere() {
    for (RpcMethod<?, ?> method : front.registry.methods()) {
      if (!OPEN.contains(method.toString()) && !method.name().equals("AuthDisable")) {
        var outcome = call(method, request(method), users.asRoot());
        assertThat(outcome.code()).as("%s: %s", method, outcome.text()).isNotIn(7, 16);
      }
    }
    users.disable();
    users.ok("Auth/AuthEnable", AuthEnableRequest.getDefaultInstance());
    var outcome = front.call("KV/Put", put("x").build(), users.asRoot());
    assertThat(outcome.code()).as("a login from before").isEqualTo(16);
  }

  private static void assertDenied(String what, FrontFixture.Outcome outcome) {
    assertThat(outcome.text()).as(what).isEqualTo("etcdserver: permission denied");
    assertThat(outcome.code()).as(what).isEqualTo(told(what, 7));
  }
}
