package io.flotilla.router.front;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.flotilla.proto.auth.Permission;
import io.flotilla.proto.etcd.AuthDisableRequest;
import io.flotilla.proto.etcd.AuthEnableRequest;
import io.flotilla.proto.etcd.AuthRoleAddRequest;
import io.flotilla.proto.etcd.AuthRoleGrantPermissionRequest;
import io.flotilla.proto.etcd.AuthUserAddRequest;
import io.flotilla.proto.etcd.AuthUserGrantRoleRequest;
import io.flotilla.proto.etcd.AuthenticateRequest;
import io.flotilla.proto.etcd.AuthenticateResponse;
import java.util.Map;

/// Makes users over the API of a front.
final class Users {
  private final FrontFixture front;
  private Map<String, String> headers = Map.of();

  Users(FrontFixture front) {
    this.front = front;
  }

  /// From now on requests need a user; further calls here are root's.
  Users enable() {
    add("root", "rootpw");
    ok(
        "Auth/UserGrantRole",
        AuthUserGrantRoleRequest.newBuilder().setUser("root").setRole("root").build());
    ok("Auth/AuthEnable", AuthEnableRequest.getDefaultInstance());
    headers = Map.of("token", login("root", "rootpw"));
    return this;
  }

  void disable() {
    ok("Auth/AuthDisable", AuthDisableRequest.getDefaultInstance());
  }

  /// A user with a role of the same name that has nothing yet.
  Users add(String name, String password) {
    ok("Auth/UserAdd", AuthUserAddRequest.newBuilder().setName(name).setPassword(password).build());
    ok("Auth/RoleAdd", AuthRoleAddRequest.newBuilder().setName(name).build());
    ok(
        "Auth/UserGrantRole",
        AuthUserGrantRoleRequest.newBuilder().setUser(name).setRole(name).build());
    return this;
  }

  Users grant(String role, Permission.Type type, String key, String rangeEnd) {
    var permission =
        Permission.newBuilder()
            .setPermType(type)
            .setKey(ByteString.copyFromUtf8(key))
            .setRangeEnd(ByteString.copyFromUtf8(rangeEnd));
    ok(
        "Auth/RoleGrantPermission",
        AuthRoleGrantPermissionRequest.newBuilder().setName(role).setPerm(permission).build());
    return this;
  }

  Map<String, String> asRoot() {
    return headers;
  }

  void ok(String method, Message request) {
    var outcome = front.call(method, request, headers);
    assertThat(outcome.code()).as("%s: %s", method, outcome.text()).isZero();
  }

  String login(String name, String password) {
    var outcome = tryLogin(name, password);
    assertThat(outcome.code()).as(outcome.text()).isZero();
    try {
      return AuthenticateResponse.parseFrom(outcome.body()).getToken();
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }

  FrontFixture.Outcome tryLogin(String name, String password) {
    return front.call(
        "Auth/Authenticate",
        AuthenticateRequest.newBuilder().setName(name).setPassword(password).build());
  }
}
