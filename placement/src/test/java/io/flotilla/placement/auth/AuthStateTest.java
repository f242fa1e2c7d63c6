package io.flotilla.placement.auth;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.flotilla.placement.testing.MapStateTree;
import io.flotilla.placement.testing.Seeds;
import io.flotilla.proto.auth.Permission;
import io.flotilla.proto.auth.Permission.Type;
import io.flotilla.proto.command.AuthChange;
import io.flotilla.proto.command.TokenIssue;
import io.flotilla.proto.etcd.AuthDisableRequest;
import io.flotilla.proto.etcd.AuthEnableRequest;
import io.flotilla.proto.etcd.AuthRoleAddRequest;
import io.flotilla.proto.etcd.AuthRoleDeleteRequest;
import io.flotilla.proto.etcd.AuthRoleGrantPermissionRequest;
import io.flotilla.proto.etcd.AuthRoleRevokePermissionRequest;
import io.flotilla.proto.etcd.AuthUserAddRequest;
import io.flotilla.proto.etcd.AuthUserChangePasswordRequest;
import io.flotilla.proto.etcd.AuthUserDeleteRequest;
import io.flotilla.proto.etcd.AuthUserGrantRoleRequest;
import io.flotilla.proto.etcd.AuthUserRevokeRoleRequest;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// The rules of the contract, 2.12.2; the suite of the API compares them with a real etcd.
class AuthStateTest {
  private static final String HASH = "aGFzaA==";

  private final MapStateTree tree = new MapStateTree();
  private final AuthState state = AuthState.restore(tree);

  private @Nullable AuthFault add(String user) {
    return run(change -> change.getUserAddBuilder().setName(user).setHashedPassword(HASH));
  }

  private @Nullable AuthFault addRole(String role) {
    return run(change -> change.getRoleAddBuilder().setName(role));
  }

  private @Nullable AuthFault give(String user, String role) {
    return run(change -> change.getUserGrantRoleBuilder().setUser(user).setRole(role));
  }

  private @Nullable AuthFault take(String user, String role) {
    return run(change -> change.getUserRevokeRoleBuilder().setName(user).setRole(role));
  }

  private @Nullable AuthFault password(String user, String hash) {
    return run(
        change -> change.getUserChangePasswordBuilder().setName(user).setHashedPassword(hash));
  }

  private @Nullable AuthFault enable() {
    return run(change -> change.setEnable(AuthEnableRequest.getDefaultInstance()));
  }

  private @Nullable AuthFault disable() {
    return run(change -> change.setDisable(AuthDisableRequest.getDefaultInstance()));
  }

  private @Nullable AuthFault login(String user, long credential) {
    return run(
        change ->
            change.setTokenIssue(TokenIssue.newBuilder().setUser(user).setCredential(credential)));
  }

  private @Nullable AuthFault run(java.util.function.Consumer<AuthChange.Builder> fill) {
    var change = AuthChange.newBuilder();
    fill.accept(change);
    return state.execute(change.build());
  }

  private User user(String name) {
    return Objects.requireNonNull(state.facts().user(name));
  }

  private void enableWithRoot() {
    add(User.ROOT);
    give(User.ROOT, User.ROOT);
    assertThat(enable()).isNull();
  }

  @Test
  void aStoreThatWasNeverChangedIsOff() {
    assertThat(state.facts()).isEqualTo(AuthFacts.NONE);
    assertThat(state.facts().revision()).isEqualTo(1);
    assertThat(tree.size()).isZero();
  }

  @Test
  void enablingNeedsTheRootUserWithTheRootRoleAndCountsNothing() {
    assertThat(enable()).isEqualTo(AuthFault.ROOT_USER_MISSING);
    add(User.ROOT);
    assertThat(enable()).isEqualTo(AuthFault.ROOT_ROLE_MISSING);
    give(User.ROOT, User.ROOT);
    long before = state.facts().revision();
    assertThat(enable()).isNull();
    assertThat(enable()).isNull();
    assertThat(state.facts().enabled()).isTrue();
    assertThat(state.facts().revision()).isEqualTo(before);
    disable();
    disable();
    assertThat(state.facts().revision()).isEqualTo(before + 1);
    assertThat(state.facts().disables()).isEqualTo(1);
  }

  @Test
  void rootIsKeptWhileUsersMatter() {
    addRole(User.ROOT);
    enableWithRoot();
    var deleted = AuthUserDeleteRequest.newBuilder().setName(User.ROOT);
    assertThat(run(change -> change.setUserDelete(deleted)))
        .isEqualTo(AuthFault.INVALID_MANAGEMENT);
    var role = AuthRoleDeleteRequest.newBuilder().setRole(User.ROOT);
    assertThat(run(change -> change.setRoleDelete(role))).isEqualTo(AuthFault.INVALID_MANAGEMENT);
    assertThat(take(User.ROOT, User.ROOT)).isEqualTo(AuthFault.INVALID_MANAGEMENT);
    disable();
    assertThat(take(User.ROOT, User.ROOT)).isNull();
    assertThat(run(change -> change.setRoleDelete(role))).isNull();
    assertThat(run(change -> change.setUserDelete(deleted))).isNull();
  }

  @Test
  void refusedChangesChangeNothing() {
    add("alice");
    addRole("r");
    AuthFacts before = state.facts();
    assertThat(add("")).isEqualTo(AuthFault.USER_EMPTY);
    assertThat(add("alice")).isEqualTo(AuthFault.USER_EXISTS);
    assertThat(addRole("")).isEqualTo(AuthFault.ROLE_EMPTY);
    assertThat(addRole("r")).isEqualTo(AuthFault.ROLE_EXISTS);
    assertThat(give("eve", "r")).isEqualTo(AuthFault.USER_NOT_FOUND);
    assertThat(give("alice", "none")).isEqualTo(AuthFault.ROLE_NOT_FOUND);
    assertThat(take("eve", "r")).isEqualTo(AuthFault.USER_NOT_FOUND);
    assertThat(take("alice", "r")).isEqualTo(AuthFault.ROLE_NOT_GRANTED);
    assertThat(password("eve", HASH)).isEqualTo(AuthFault.USER_NOT_FOUND);
    assertThat(password("alice", "no base64!")).isEqualTo(AuthFault.BAD_HASH);
    assertThat(grant("none", null)).isEqualTo(AuthFault.PERMISSION_NOT_GIVEN);
    assertThat(grant("none", permission("", ""))).isEqualTo(AuthFault.INVALID_MANAGEMENT);
    assertThat(grant("none", permission("b", "a"))).isEqualTo(AuthFault.INVALID_MANAGEMENT);
    assertThat(grant("none", permission("a", "a"))).isEqualTo(AuthFault.INVALID_MANAGEMENT);
    assertThat(grant("none", permission("a", "b"))).isEqualTo(AuthFault.ROLE_NOT_FOUND);
    assertThat(revoke("none", "a", "b")).isEqualTo(AuthFault.ROLE_NOT_FOUND);
    assertThat(revoke("r", "a", "b")).isEqualTo(AuthFault.PERMISSION_NOT_GRANTED);
    assertThat(state.facts()).as("not even renewed").isSameAs(before);
  }

  private @Nullable AuthFault grant(String role, @Nullable Permission permission) {
    var request = AuthRoleGrantPermissionRequest.newBuilder().setName(role);
    if (permission != null) {
      request.setPerm(permission);
    }
    return run(change -> change.setRoleGrantPermission(request));
  }

  private static Permission permission(String key, String end) {
    return Permission.newBuilder()
        .setKey(ByteString.copyFromUtf8(key))
        .setRangeEnd(ByteString.copyFromUtf8(end))
        .build();
  }

  private @Nullable AuthFault revoke(String role, String key, String end) {
    return run(
        change ->
            change.setRoleRevokePermission(
                AuthRoleRevokePermissionRequest.newBuilder()
                    .setRole(role)
                    .setKey(ByteString.copyFromUtf8(key))
                    .setRangeEnd(ByteString.copyFromUtf8(end))));
  }

  @Test
  void permissionsAreKeptByKeyAndReplacedByTheSameInterval() {
    addRole("r");
    grant("r", permission("b", ""));
    grant("r", permission("a", "z"));
    grant("r", permission("a", ""));
    grant("r", permission("b", "\0"));
    grant("r", permission("a", "z").toBuilder().setPermType(Type.WRITE).build());
    Role role = Objects.requireNonNull(state.facts().role("r"));
    assertThat(role.permissions())
        .containsExactly(
            permission("a", "z").toBuilder().setPermType(Type.WRITE).build(),
            permission("a", ""),
            permission("b", ""),
            permission("b", "\0"));
    assertThat(revoke("r", "a", "")).isNull();
    assertThat(Objects.requireNonNull(state.facts().role("r")).permissions()).hasSize(3);
  }

  @Test
  void aRoleThatIsDeletedIsTakenFromAllUsers() {
    addRole("r");
    addRole("s");
    add("alice");
    add("bob");
    give("alice", "s");
    give("alice", "r");
    give("bob", "s");
    long before = state.facts().revision();
    run(change -> change.setRoleDelete(AuthRoleDeleteRequest.newBuilder().setRole("r")));
    assertThat(user("alice").roles()).containsExactly("s");
    assertThat(user("bob").roles()).containsExactly("s");
    assertThat(state.facts().revision()).as("one change").isEqualTo(before + 1);
  }

  @Test
  void aLoginIsGoodForTheCredentialThatWasShown() {
    add("alice");
    long first = user("alice").credential();
    assertThat(login("alice", first)).isEqualTo(AuthFault.NOT_ENABLED);
    enableWithRoot();
    assertThat(login("alice", first)).isNull();
    password("alice", HASH);
    assertThat(login("alice", first)).isEqualTo(AuthFault.OLD_CREDENTIAL);
    assertThat(login("alice", user("alice").credential())).isNull();
    long second = user("alice").credential();
    run(change -> change.setUserDelete(AuthUserDeleteRequest.newBuilder().setName("alice")));
    assertThat(login("alice", second)).isEqualTo(AuthFault.OLD_CREDENTIAL);
    add("alice");
    assertThat(user("alice").credential()).as("never used before").isGreaterThan(second);
    assertThat(login("alice", second)).isEqualTo(AuthFault.OLD_CREDENTIAL);
  }

  @Test
  void aUserWithoutAPasswordHasNoneWhateverIsSent() {
    var request = AuthUserAddRequest.newBuilder().setName("u").setHashedPassword(HASH);
    request.getOptionsBuilder().setNoPassword(true);
    run(change -> change.setUserAdd(request));
    assertThat(user("u").passwordHash()).isEqualTo(ByteString.EMPTY);
    assertThat(password("u", HASH)).isNull();
    assertThat(user("u").passwordHash()).isEqualTo(ByteString.EMPTY);
    assertThat(user("u").withoutPassword()).isTrue();
  }

  @Test
  void aChangeOfALaterVersionStopsTheReplica() {
    assertThatThrownBy(() -> state.execute(AuthChange.getDefaultInstance()))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void faultsAreFoundByTheirNumbers() {
    assertThat(AuthFault.of(0)).isNull();
    for (AuthFault fault : AuthFault.values()) {
      assertThat(AuthFault.of(fault.number())).isEqualTo(fault);
    }
    assertThatThrownBy(() -> AuthFault.of(99)).isInstanceOf(IllegalArgumentException.class);
  }

  /// Random changes; what is restored from the tree is what was there.
  @Test
  void theTreeHoldsAllOfTheState() {
    Seeds.forEach(
        20,
        random -> {
          var stored = new MapStateTree();
          var changed = AuthState.restore(stored);
          for (int i = 0; i < 60; i++) {
            changed.execute(random(random));
          }
          assertThat(AuthState.restore(stored).facts()).isEqualTo(changed.facts());
        });
  }

  private static AuthChange random(Random random) {
    String user = List.of("root", "a", "b").get(random.nextInt(3));
    String role = List.of("root", "r", "s").get(random.nextInt(3));
    String key = List.of("k", "l").get(random.nextInt(2));
    var change = AuthChange.newBuilder();
    switch (random.nextInt(10)) {
      case 0 -> change.setEnable(AuthEnableRequest.getDefaultInstance());
      case 1 -> change.setDisable(AuthDisableRequest.getDefaultInstance());
      case 2 -> change.setUserDelete(AuthUserDeleteRequest.newBuilder().setName(user));
      case 3 ->
          change.setUserChangePassword(
              AuthUserChangePasswordRequest.newBuilder().setName(user).setHashedPassword(HASH));
      case 4 ->
          change.setUserGrantRole(
              AuthUserGrantRoleRequest.newBuilder().setUser(user).setRole(role));
      case 5 ->
          change.setUserRevokeRole(
              AuthUserRevokeRoleRequest.newBuilder().setName(user).setRole(role));
      case 6 -> change.setRoleAdd(AuthRoleAddRequest.newBuilder().setName(role));
      case 7 -> change.setRoleDelete(AuthRoleDeleteRequest.newBuilder().setRole(role));
      case 8 ->
          change.setRoleGrantPermission(
              AuthRoleGrantPermissionRequest.newBuilder()
                  .setName(role)
                  .setPerm(permission(key, "z")));
      default ->
          change.setUserAdd(AuthUserAddRequest.newBuilder().setName(user).setHashedPassword(HASH));
    }
    return change.build();
  }
}
