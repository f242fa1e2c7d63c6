package io.flotilla.contract;

import static io.flotilla.contract.Refusal.assertRefused;
import static io.flotilla.contract.Requests.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.proto.auth.Permission;
import io.flotilla.proto.auth.Permission.Type;
import io.flotilla.proto.etcd.AuthRoleGrantPermissionRequest;
import io.flotilla.proto.etcd.AuthUserAddRequest;
import io.grpc.Status.Code;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// 2.12.2: users, roles, permissions, and what is refused in their management.
@OwnServer
class AuthManagementTest extends ContractTest {
  private static final ByteString SINGLE = ByteString.EMPTY;
  private static final String MANAGEMENT = "etcdserver: invalid auth management";

  private AuthApi auth = new AuthApi(new Etcd("127.0.0.1:1"));

  @BeforeEach
  void connect() {
    auth = new AuthApi(etcd);
  }

  /// A test may have ended while users mattered.
  @AfterEach
  void forgetEverybody() {
    if (auth.status().getEnabled()) {
      auth.disable();
    }
    auth = new AuthApi(etcd);
    auth.users().getUsersList().forEach(auth::deleteUser);
    auth.roles().getRolesList().forEach(auth::deleteRole);
  }

  private void enable() {
    auth.add("root", "pw");
    auth.give("root", "root");
    auth.enable();
    auth = new AuthApi(etcd.with("token", auth.login("root", "pw")));
  }

  // Assertion 68: the role root counts before it exists.
  @Test
  void usersMatterOnceThereIsARootWithTheRootRole() {
    assertRefused(
        Code.FAILED_PRECONDITION, "etcdserver: root user does not exist", () -> auth.enable());
    auth.add("root", "pw");
    assertRefused(
        Code.FAILED_PRECONDITION,
        "etcdserver: root user does not have root role",
        () -> auth.enable());
    assertThat(auth.status().getEnabled()).isFalse();
    enableAgain();
    assertThat(auth.status().getEnabled()).isTrue();
    auth.enable();
    assertRefused(
        Code.FAILED_PRECONDITION, "etcdserver: role name not found", () -> auth.role("root"));
  }

  private void enableAgain() {
    auth.give("root", "root");
    auth.enable();
    auth = new AuthApi(etcd.with("token", auth.login("root", "pw")));
  }

  @Test
  void theAuthRevisionCountsWhatChangesAnything() {
    long revision = etcd.revision();
    long before = auth.status().getAuthRevision();
    auth.disable();
    assertThat(auth.status().getAuthRevision()).as("off already").isEqualTo(before);
    auth.add("alice", "pw");
    auth.addRole("r");
    auth.give("alice", "r");
    auth.give("alice", "r");
    assertThat(auth.status().getAuthRevision()).as("one was a repetition").isEqualTo(before + 3);
    auth.grant("r", Type.READ, bytes("k"), SINGLE);
    auth.grant("r", Type.WRITE, bytes("k"), SINGLE);
    auth.password("alice", "pw2");
    assertThat(auth.status().getAuthRevision()).isEqualTo(before + 6);
    enable();
    assertThat(auth.status().getAuthRevision()).as("user and role of root").isEqualTo(before + 8);
    auth.disable();
    auth = new AuthApi(etcd);
    assertThat(auth.status().getAuthRevision()).isEqualTo(before + 9);
    assertThat(etcd.revision()).as("of the store").isEqualTo(revision);
    assertThat(auth.status().getHeader().getRevision()).isEqualTo(revision);
  }

  @Test
  void usersAreManaged() {
    assertRefused(
        Code.INVALID_ARGUMENT, "etcdserver: user name is empty", () -> auth.add("", "pw"));
    auth.add("bob", "pw");
    auth.add("alice", "pw");
    assertRefused(
        Code.FAILED_PRECONDITION,
        "etcdserver: user name already exists",
        () -> auth.add("bob", "x"));
    assertThat(auth.users().getUsersList()).containsExactly("alice", "bob");
    String missing = "etcdserver: user name not found";
    assertRefused(Code.FAILED_PRECONDITION, missing, () -> auth.user("eve"));
    assertRefused(Code.FAILED_PRECONDITION, missing, () -> auth.deleteUser("eve"));
    assertRefused(Code.FAILED_PRECONDITION, missing, () -> auth.password("eve", "x"));
    assertRefused(Code.FAILED_PRECONDITION, missing, () -> auth.give("eve", "root"));
    assertRefused(Code.FAILED_PRECONDITION, missing, () -> auth.take("eve", "root"));
    assertRefused(
        Code.FAILED_PRECONDITION,
        "etcdserver: role name not found",
        () -> auth.give("bob", "none"));
    auth.addRole("z");
    auth.addRole("a");
    auth.give("bob", "z");
    auth.give("bob", "a");
    assertThat(auth.user("bob").getRolesList()).containsExactly("a", "z");
    auth.take("bob", "z");
    assertRefused(
        Code.FAILED_PRECONDITION,
        "etcdserver: role is not granted to the user",
        () -> auth.take("bob", "z"));
    auth.deleteUser("bob");
    assertThat(auth.users().getUsersList()).containsExactly("alice");
  }

  @Test
  void rolesAreManaged() {
    assertRefused(Code.INVALID_ARGUMENT, "etcdserver: role name is empty", () -> auth.addRole(""));
    auth.addRole("r");
    assertRefused(
        Code.FAILED_PRECONDITION, "etcdserver: role name already exists", () -> auth.addRole("r"));
    assertRefused(
        Code.INVALID_ARGUMENT,
        "etcdserver: permission not given",
        () -> auth.grant(AuthRoleGrantPermissionRequest.newBuilder().setName("none")));
    assertRefused(
        Code.INVALID_ARGUMENT,
        MANAGEMENT,
        () -> auth.grant("none", Type.READ, bytes("b"), bytes("a")));
    assertRefused(
        Code.INVALID_ARGUMENT, MANAGEMENT, () -> auth.grant("r", Type.READ, SINGLE, SINGLE));
    String missing = "etcdserver: role name not found";
    assertRefused(
        Code.FAILED_PRECONDITION, missing, () -> auth.grant("none", Type.READ, bytes("a"), SINGLE));
    assertRefused(Code.FAILED_PRECONDITION, missing, () -> auth.role("none"));
    assertRefused(Code.FAILED_PRECONDITION, missing, () -> auth.deleteRole("none"));
    assertRefused(Code.FAILED_PRECONDITION, missing, () -> auth.revoke("none", bytes("a"), SINGLE));
    auth.grant("r", Type.READ, bytes("m"), SINGLE);
    auth.grant("r", Type.WRITE, bytes("a"), bytes("c"));
    auth.grant("r", Type.READWRITE, bytes("a"), bytes("c"));
    assertThat(auth.role("r").getPermList())
        .containsExactly(permission(Type.READWRITE, "a", "c"), permission(Type.READ, "m", ""));
    assertRefused(
        Code.FAILED_PRECONDITION,
        "etcdserver: permission is not granted to the role",
        () -> auth.revoke("r", bytes("a"), bytes("b")));
    auth.revoke("r", bytes("a"), bytes("c"));
    assertThat(auth.role("r").getPermList()).hasSize(1);
    auth.add("alice", "pw");
    auth.give("alice", "r");
    auth.addRole("b");
    assertThat(auth.roles().getRolesList()).containsExactly("b", "r");
    auth.deleteRole("r");
    assertThat(auth.user("alice").getRolesList()).isEmpty();
  }

  private static Permission permission(Type type, String key, String rangeEnd) {
    return Permission.newBuilder()
        .setPermType(type)
        .setKey(bytes(key))
        .setRangeEnd(bytes(rangeEnd))
        .build();
  }

  @Test
  void rootStaysWhileUsersMatter() {
    auth.addRole("root");
    enable();
    assertRefused(Code.INVALID_ARGUMENT, MANAGEMENT, () -> auth.deleteUser("root"));
    assertRefused(Code.INVALID_ARGUMENT, MANAGEMENT, () -> auth.deleteRole("root"));
    assertRefused(Code.INVALID_ARGUMENT, MANAGEMENT, () -> auth.take("root", "root"));
    auth.disable();
    auth = new AuthApi(etcd);
    auth.take("root", "root");
    auth.deleteRole("root");
    auth.deleteUser("root");
  }

  @Test
  @Since(value = Dialect.V3_7, because = "the stored permissions, which are none, are shown")
  void theRootRoleShowsThatItMayDoEverything() {
    auth.addRole("root");
    auth.grant("root", Type.READ, bytes("a"), SINGLE);
    Permission all =
        Permission.newBuilder().setPermType(Type.READWRITE).setRangeEnd(Requests.FROM_KEY).build();
    assertThat(auth.role("root").getPermList()).isEqualTo(List.of(all));
  }

  // Assertion 67.
  @Test
  void passwordsMayBeEmptyOrMissing() {
    auth.add("empty", "");
    var without = AuthUserAddRequest.newBuilder().setName("without").setPassword("ignored");
    without.getOptionsBuilder().setNoPassword(true);
    auth.add(without);
    assertRefused(
        Code.FAILED_PRECONDITION,
        "etcdserver: authentication is not enabled",
        () -> auth.login("empty", ""));
    enable();
    assertThat(new AuthApi(etcd).login("empty", "")).matches("[a-zA-Z]{16}\\.[0-9]+");
    String failed = "etcdserver: authentication failed, invalid user ID or password";
    assertRefused(Code.INVALID_ARGUMENT, failed, () -> auth.login("empty", "x"));
    assertRefused(Code.INVALID_ARGUMENT, failed, () -> auth.login("nobody", "x"));
    assertRefused(
        Code.UNKNOWN,
        "auth: authentication failed, password was given for no password user",
        () -> auth.login("without", "ignored"));
    auth.password("empty", "");
    assertRefused(Code.INVALID_ARGUMENT, failed, () -> auth.login("empty", ""));
    auth.password("without", "new");
    auth.deleteUser("empty");
    auth.deleteUser("without");
  }
}
