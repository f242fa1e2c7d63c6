package io.flotilla.contract;

import static io.flotilla.contract.Refusal.assertRefused;
import static io.flotilla.contract.Requests.delete;
import static io.flotilla.contract.Requests.leased;
import static io.flotilla.contract.Requests.op;
import static io.flotilla.contract.Requests.put;
import static io.flotilla.contract.Requests.range;
import static io.flotilla.contract.Requests.txn;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.proto.auth.Permission.Type;
import io.flotilla.proto.etcd.AlarmRequest.AlarmAction;
import io.flotilla.proto.etcd.AlarmType;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.LeaseTimeToLiveRequest;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.proto.etcd.WatchRequest;
import io.grpc.Status.Code;
import java.net.http.HttpResponse;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// 2.12.1 and 2.12.3: who may do what with keys, leases and the rest; assertions 69 and 72.
@OwnServer
class AuthAccessTest extends ContractTest {
  private static final ByteString SINGLE = ByteString.EMPTY;

  private AuthApi auth = new AuthApi(new Etcd("127.0.0.1:1"));
  private Etcd root = new Etcd("127.0.0.1:1");
  private Etcd alice = root;

  /// Alice may read and write `rw…`, in two grants that touch, read `read`, and write `write`.
  @BeforeEach
  void enable() {
    auth = new AuthApi(etcd);
    auth.add("root", "pw");
    auth.give("root", "root");
    auth.add("alice", "pw");
    auth.addRole("r");
    auth.give("alice", "r");
    auth.grant("r", Type.READWRITE, key("rw"), key("rwm"));
    auth.grant("r", Type.READWRITE, key("rwm"), key("rx"));
    auth.grant("r", Type.READ, key("read"), SINGLE);
    auth.grant("r", Type.WRITE, key("write"), SINGLE);
    etcd.put(key("other"), "v");
    etcd.put(key("read"), "v");
    auth.enable();
    auth = new AuthApi(etcd);
    alice = etcd.with("token", auth.login("alice", "pw"));
    root = etcd.with("token", auth.login("root", "pw"));
    auth = new AuthApi(root);
  }

  @AfterEach
  void disable() {
    auth.disable();
    auth = new AuthApi(etcd);
    auth.users().getUsersList().forEach(auth::deleteUser);
    auth.roles().getRolesList().forEach(auth::deleteRole);
  }

  private static void assertDenied(ThrowingCallable call) {
    assertRefused(Code.PERMISSION_DENIED, "etcdserver: permission denied", call);
  }

  // Assertion 69.
  @Test
  void callersAreToldWhyInOrder() {
    var unknown = etcd.with("token", "abcdefghijklmnop.1");
    assertRefused(
        Code.INVALID_ARGUMENT,
        "etcdserver: user name is empty",
        () -> etcd.range(range(key("read"))));
    assertRefused(
        Code.UNAUTHENTICATED,
        "etcdserver: invalid auth token",
        () -> unknown.range(range(key("read"))));
    assertDenied(() -> alice.range(range(key("other"))));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "etcdserver: key is not provided",
        () -> unknown.range(range(SINGLE)));
    assertThat(alice.with("x", "y").txn(txn()).getSucceeded()).isTrue();
    assertThat(etcd.txn(txn()).getSucceeded()).as("nothing is asked for").isTrue();
  }

  @Test
  void keysAreReadAndWrittenAsGranted() {
    alice.put(key("rwa"), "1");
    alice.put(key("write"), "1");
    assertThat(alice.range(range(key("read"))).getKvsCount()).isEqualTo(1);
    assertThat(alice.range(range(key("rw"), key("rx"))).getCount()).isEqualTo(1);
    assertDenied(() -> alice.range(range(key("rw"), key("ry"))));
    assertDenied(() -> alice.range(range(key("read"), key("reae"))));
    assertDenied(() -> alice.range(range(key("write"))));
    assertDenied(() -> alice.put(key("read"), "1"));
    assertDenied(() -> alice.put(put(key("write"), "2").setPrevKv(true)));
    assertDenied(() -> alice.delete(delete(key("write")).setPrevKv(true)));
    assertDenied(() -> alice.delete(delete(key("rw"), Requests.FROM_KEY)));
    assertThat(alice.delete(delete(key("write"))).getDeleted()).isEqualTo(1);
    assertThat(root.range(range(key("other"))).getKvsCount()).isEqualTo(1);
  }

  @Test
  void bothBranchesOfATxnAndWhatIsNestedCount() {
    var compare =
        Compare.newBuilder()
            .setKey(key("rwa"))
            .setTarget(Compare.CompareTarget.VERSION)
            .setResult(Compare.CompareResult.GREATER)
            .setVersion(0);
    var put = op(put(key("rwa"), "1"));
    assertThat(alice.txn(txn().addCompare(compare).addSuccess(put)).getSucceeded()).isFalse();
    assertDenied(() -> alice.txn(txn().addFailure(put).addSuccess(op(range(key("other"))))));
    assertDenied(() -> alice.txn(txn().addSuccess(put).addFailure(op(put(key("read"), "")))));
    assertDenied(
        () -> alice.txn(txn().addCompare(compare.clone().setKey(key("other"))).addSuccess(put)));
    assertDenied(() -> alice.txn(txn().addSuccess(op(txn().addSuccess(op(range(key("other"))))))));
    assertDenied(() -> alice.txn(txn().addSuccess(op(put(key("write"), "1").setPrevKv(true)))));
  }

  @Test
  void watchersAreRefusedByAResponse() {
    var denied = "rpc error: code = PermissionDenied desc = etcdserver: permission denied";
    var empty = "rpc error: code = InvalidArgument desc = etcdserver: user name is empty";
    var invalid = "rpc error: code = Unauthenticated desc = etcdserver: invalid auth token";
    assertThat(refusedWatch(alice, key("other"), SINGLE)).isEqualTo(denied);
    assertThat(refusedWatch(alice, key("rw"), key("rz"))).isEqualTo(denied);
    assertThat(refusedWatch(etcd, key("read"), SINGLE)).isEqualTo(empty);
    assertThat(refusedWatch(etcd.with("token", "x"), key("read"), SINGLE)).isEqualTo(invalid);
    try (var stream = alice.open(Rpc.WATCH)) {
      stream.send(create(key("other"), SINGLE));
      stream.send(create(key("read"), SINGLE));
      assertThat(stream.next().getCanceled()).isTrue();
      var created = stream.next();
      assertThat(created.getCreated()).isTrue();
      assertThat(created.getCanceled()).isFalse();
      root.put(key("read"), "new");
      assertThat(stream.next().getEventsCount()).isEqualTo(1);
    }
  }

  @Test
  @Since(value = Dialect.V3_6, because = "the end counts as the single key")
  void aWatchFromAKeyOnIsNoWatchOfTheKey() {
    assertThat(refusedWatch(alice, key("read"), Requests.FROM_KEY))
        .isEqualTo("rpc error: code = PermissionDenied desc = etcdserver: permission denied");
  }

  private static String refusedWatch(Etcd client, ByteString key, ByteString end) {
    try (var stream = client.open(Rpc.WATCH)) {
      stream.send(create(key, end));
      var response = stream.next();
      assertThat(response.getCreated()).isTrue();
      assertThat(response.getCanceled()).isTrue();
      assertThat(response.getWatchId()).isEqualTo(-1);
      return response.getCancelReason();
    }
  }

  private static WatchRequest create(ByteString key, ByteString end) {
    return WatchRequest.newBuilder()
        .setCreateRequest(WatchCreateRequest.newBuilder().setKey(key).setRangeEnd(end))
        .build();
  }

  @Test
  void aLeaseBelongsToThoseWhoMayTouchAllItsKeys() {
    long own = alice.grant(60);
    long foreign = root.grant(60);
    alice.put(leased(key("rwa"), "1", own));
    root.put(leased(key("other"), "1", foreign));
    assertDenied(() -> alice.put(leased(key("rwb"), "1", foreign)));
    assertDenied(() -> alice.txn(txn().addSuccess(op(leased(key("rwb"), "1", foreign)))));
    assertDenied(() -> alice.revoke(foreign));
    assertDenied(() -> alice.timeToLive(foreign));
    assertThat(
            alice
                .call(Rpc.TIME_TO_LIVE, LeaseTimeToLiveRequest.newBuilder().setID(foreign).build())
                .getGrantedTTL())
        .isEqualTo(60);
    assertThat(alice.timeToLive(own).getKeysList()).containsExactly(key("rwa"));
    assertDenied(() -> alice.leases());
    alice.revoke(own);
    root.revoke(foreign);
    assertThat(alice.leases().getLeasesCount()).isZero();
    assertThat(root.range(range(key("rwa"))).getKvsCount()).isZero();
  }

  @Test
  void theRestIsForRoot() {
    assertDenied(() -> alice.compact(1));
    assertDenied(() -> alice.alarm(AlarmAction.ACTIVATE, 1, AlarmType.NOSPACE));
    assertDenied(() -> new AuthApi(alice).users());
    assertDenied(() -> new AuthApi(alice).roles());
    assertDenied(() -> new AuthApi(alice).user("root"));
    assertDenied(() -> new AuthApi(alice).role("other"));
    assertDenied(() -> new AuthApi(alice).disable());
    assertDenied(() -> new AuthApi(alice).password("alice", "x"));
    assertThat(new AuthApi(alice).user("alice").getRolesList()).containsExactly("r");
    assertThat(new AuthApi(alice).role("r").getPermCount()).isEqualTo(4);
    assertThat(alice.members().getMembersCount()).isEqualTo(server.size());
    assertThat(alice.alarm(AlarmAction.GET, 0, AlarmType.NONE).getAlarmsCount()).isZero();
  }

  // Assertion 72.
  @Test
  void aNewPasswordEndsLoginsAndAnotherRoleDoesNot() {
    auth.grant("r", Type.READ, key("other"), SINGLE);
    assertThat(alice.range(range(key("other"))).getKvsCount()).isEqualTo(1);
    auth.revoke("r", key("other"), SINGLE);
    assertDenied(() -> alice.range(range(key("other"))));
    auth.take("alice", "r");
    assertDenied(() -> alice.range(range(key("read"))));
    auth.password("alice", "new");
    assertRefused(
        Code.UNAUTHENTICATED,
        "etcdserver: invalid auth token",
        () -> alice.range(range(key("read"))));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "etcdserver: authentication failed, invalid user ID or password",
        () -> auth.login("alice", "pw"));
    auth.login("alice", "new");
  }

  @Test
  void theGatewayTakesTheTokenFromItsHeader() {
    String token = new AuthApi(etcd).login("alice", "pw");
    String read = "{\"key\":\"" + Json.base64(key("read")) + "\"}";
    assertThat(gateway(read, "Authorization", token).statusCode()).isEqualTo(200);
    var refused = gateway(read, "Authorization", "x");
    assertThat(refused.statusCode()).isEqualTo(401);
    assertThat(refused.body()).contains("etcdserver: invalid auth token");
    assertThat(gateway(read).statusCode()).isEqualTo(400);
  }

  private HttpResponse<String> gateway(String body, String... headers) {
    return http().send("POST", "/v3/kv/range", body, headers);
  }
}
