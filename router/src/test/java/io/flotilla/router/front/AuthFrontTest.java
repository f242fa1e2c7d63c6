package io.flotilla.router.front;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import io.flotilla.base.Rejection;
import io.flotilla.proto.auth.Permission.Type;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.AuthStatusRequest;
import io.flotilla.proto.etcd.AuthUserAddRequest;
import io.flotilla.proto.etcd.AuthUserChangePasswordRequest;
import io.flotilla.proto.etcd.AuthUserDeleteRequest;
import io.flotilla.proto.etcd.LeaseKeepAliveRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.TxnRequest;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/// Logins, tokens and the order of refusals as clients see them.
class AuthFrontTest {
  private final FrontFixture front = new FrontFixture();
  private final Users users = new Users(front);

  @AfterEach
  void close() throws Exception {
    front.close();
  }

  private static PutRequest put(String key) {
    return PutRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build();
  }

  private static RangeRequest range(String key) {
    return RangeRequest.newBuilder().setKey(ByteString.copyFromUtf8(key)).build();
  }

  private void assertRefused(int code, String text, FrontFixture.Outcome outcome) {
    assertThat(outcome.text()).isEqualTo(text);
    assertThat(outcome.code()).isEqualTo(code);
  }

  @Test
  void nobodyIsAskedWhileUsersDoNotMatter() {
    users.add("alice", "pw");
    var headers = Map.of("token", "nonsense");
    assertThat(front.call("KV/Put", put("a"), headers).code()).isZero();
    assertRefused(9, "etcdserver: authentication is not enabled", users.tryLogin("alice", "pw"));
  }

  @Test
  void whatIsWrongWithARequestIsSaidBeforeWhoAsks() {
    users.enable();
    assertRefused(3, "etcdserver: key is not provided", front.call("KV/Range", range("")));
    assertRefused(3, "etcdserver: key is not provided", front.call("KV/RangeStream", range("")));
    assertRefused(3, "etcdserver: user name is empty", front.call("KV/Range", range("a")));
    front.cluster.full = true;
    assertRefused(8, "etcdserver: mvcc: database space exceeded", front.call("KV/Put", put("a")));
    assertThat(front.cluster.alarmsRaised.get()).isEqualTo(1);
  }

  @Test
  void aTokenComesInEitherHeaderAndAlsoAsBearer() {
    users.enable();
    String token = users.login("root", "rootpw");
    assertThat(token).matches("[a-zA-Z]{16}\\.[0-9]+");
    for (Map<String, String> headers :
        List.of(
            Map.of("token", token),
            Map.of("authorization", token),
            Map.of("authorization", "Bearer " + token),
            Map.of("token", token, "authorization", "not looked at"))) {
      assertThat(front.call("KV/Put", put("a"), headers).code()).isZero();
    }
    var plain = front.post("/v3/kv/put", "{\"key\":\"YQ==\"}", "Authorization", token);
    assertThat(plain.statusCode()).isEqualTo(200);
    var bearer = front.post("/v3/kv/put", "{\"key\":\"YQ==\"}", "Authorization", "Bearer " + token);
    assertThat(bearer.statusCode()).isEqualTo(200);
    var wrong = front.post("/v3/kv/put", "{\"key\":\"YQ==\"}", "Authorization", "x");
    assertThat(wrong.statusCode()).isEqualTo(401);
    assertThat(front.post("/v3/kv/put", "{\"key\":\"YQ==\"}").statusCode()).isEqualTo(400);
  }

  @Test
  void wrongPasswordsAndUnknownUsersAreToldApartByNobody() {
    users.add("alice", "pw").enable();
    String text = "etcdserver: authentication failed, invalid user ID or password";
    assertRefused(3, text, users.tryLogin("alice", "PW"));
    assertRefused(3, text, users.tryLogin("alice", ""));
    assertRefused(3, text, users.tryLogin("nobody", "pw"));
    assertThat(users.tryLogin("alice", "pw").code()).isZero();
  }

  @Test
  void anEmptyPasswordIsAPasswordAndNoPasswordIsNone() {
    users.ok("Auth/UserAdd", AuthUserAddRequest.newBuilder().setName("empty").build());
    var without = AuthUserAddRequest.newBuilder().setName("without").setPassword("ignored");
    without.getOptionsBuilder().setNoPassword(true);
    users.ok("Auth/UserAdd", without.build());
    users.enable();
    assertThat(users.tryLogin("empty", "").code()).isZero();
    assertRefused(
        2,
        "auth: authentication failed, password was given for no password user",
        users.tryLogin("without", "ignored"));
    // An empty new password without a hash is none that anybody could give.
    var change = AuthUserChangePasswordRequest.newBuilder().setName("empty").build();
    assertThat(front.call("Auth/UserChangePassword", change, users.asRoot()).code()).isZero();
    assertThat(users.tryLogin("empty", "").code()).isEqualTo(3);
    users.ok("Auth/UserChangePassword", change.toBuilder().setPassword("new").build());
    assertThat(users.tryLogin("empty", "new").code()).isZero();
  }

  @Test
  void aNewPasswordAndTheEndOfAUserEndItsLogins() {
    users.add("alice", "pw").grant("alice", Type.READWRITE, "a", "").enable();
    var headers = Map.of("token", users.login("alice", "pw"));
    assertThat(front.call("KV/Put", put("a"), headers).code()).isZero();
    users.grant("alice", Type.READWRITE, "b", "");
    assertThat(front.call("KV/Put", put("b"), headers).code()).as("a new grant").isZero();
    var change = AuthUserChangePasswordRequest.newBuilder().setName("alice").setPassword("new");
    users.ok("Auth/UserChangePassword", change.build());
    assertRefused(16, "etcdserver: invalid auth token", front.call("KV/Put", put("a"), headers));
    assertThat(users.tryLogin("alice", "pw").code()).isEqualTo(3);
    var again = Map.of("token", users.login("alice", "new"));
    assertThat(front.call("KV/Put", put("a"), again).code()).isZero();
    users.ok("Auth/UserDelete", AuthUserDeleteRequest.newBuilder().setName("alice").build());
    users.ok("Auth/UserAdd", AuthUserAddRequest.newBuilder().setName("alice").build());
    assertRefused(16, "etcdserver: invalid auth token", front.call("KV/Put", put("a"), again));
  }

  @Test
  void noPasswordLeavesTheFront() {
    users.add("alice", "secret-of-alice").enable();
    users.login("alice", "secret-of-alice");
    var change =
        AuthUserChangePasswordRequest.newBuilder().setName("alice").setPassword("secret-of-bob");
    users.ok("Auth/UserChangePassword", change.build());
    for (Command command : front.cluster.commands) {
      assertThat(command.toByteString().toString(java.nio.charset.StandardCharsets.ISO_8859_1))
          .doesNotContain("secret");
    }
  }

  @Test
  void aPasswordIsAtMostAsLongAsBcryptLooks() {
    String longest = "x".repeat(72);
    users.add("alice", longest).enable();
    assertThat(users.tryLogin("alice", longest).code()).isZero();
    var tooLong = AuthUserAddRequest.newBuilder().setName("b").setPassword(longest + "x").build();
    assertRefused(
        2,
        "bcrypt: password length exceeds 72 bytes",
        front.call("Auth/UserAdd", tooLong, users.asRoot()));
  }

  @Test
  void aTxnOfNothingIsOpenAndTheStatusToo() {
    users.enable();
    assertThat(front.call("KV/Txn", TxnRequest.getDefaultInstance()).code()).isZero();
    Message status = AuthStatusRequest.getDefaultInstance();
    assertThat(front.call("Auth/AuthStatus", status).code()).isZero();
  }

  /// The node knows that users matter, and cannot learn whether that is still so.
  @Test
  void aNodeThatCannotAskOthersRefusesWhatItDoesNotAnswerAlone() {
    users.add("alice", "pw").grant("alice", Type.READ, "a", "").enable();
    var headers = Map.of("token", users.login("alice", "pw"));
    front.cluster.alone = false;
    front.cluster.rejectReads = new Rejection.TimedOut();
    assertRefused(14, "etcdserver: request timed out", front.call("KV/Range", range("a"), headers));
    assertRefused(4, "context deadline exceeded", front.call("KV/Put", put("a"), headers));
    RangeRequest local = range("b").toBuilder().setSerializable(true).build();
    assertRefused(7, "etcdserver: permission denied", front.call("KV/Range", local, headers));
    front.cluster.rejectReads = null;
    assertThat(front.call("KV/Range", range("a"), headers).code()).isZero();
  }

  @Test
  void aRenewalOfOthersKeysEndsTheStream() {
    users.add("alice", "pw").enable();
    var headers = Map.of("token", users.login("alice", "pw"));
    users.ok("KV/Put", put("x").toBuilder().setLease(5).build());
    var renewal = LeaseKeepAliveRequest.newBuilder().setID(5).build();
    assertRefused(
        7, "etcdserver: permission denied", front.call("Lease/LeaseKeepAlive", renewal, headers));
    var free = LeaseKeepAliveRequest.newBuilder().setID(6).build();
    assertThat(front.call("Lease/LeaseKeepAlive", free, headers).code()).isZero();
  }
}
