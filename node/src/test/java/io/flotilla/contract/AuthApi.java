package io.flotilla.contract;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FileDescriptor;
import com.google.protobuf.Message;
import io.flotilla.proto.auth.Permission;
import io.flotilla.proto.etcd.*;
import io.grpc.MethodDescriptor;

/// Users and roles by one client, in short.
final class AuthApi {
  private static final FileDescriptor FILE = AuthServiceProto.getDescriptor();

  private final Etcd etcd;

  AuthApi(Etcd etcd) {
    this.etcd = etcd;
  }

  static <Q extends Message, R extends Message> MethodDescriptor<Q, R> rpc(
      String name, Q request, R response) {
    return Rpc.of(FILE, "Auth/" + name, request, response);
  }

  private <Q extends Message, R extends Message> R call(String name, Q request, R response) {
    @SuppressWarnings("unchecked")
    var prototype = (Q) request.getDefaultInstanceForType();
    return etcd.call(rpc(name, prototype, response), request);
  }

  void enable() {
    call(
        "AuthEnable",
        AuthEnableRequest.getDefaultInstance(),
        AuthEnableResponse.getDefaultInstance());
  }

  void disable() {
    call(
        "AuthDisable",
        AuthDisableRequest.getDefaultInstance(),
        AuthDisableResponse.getDefaultInstance());
  }

  AuthStatusResponse status() {
    return call(
        "AuthStatus",
        AuthStatusRequest.getDefaultInstance(),
        AuthStatusResponse.getDefaultInstance());
  }

  String login(String name, String password) {
    return call(
            "Authenticate",
            AuthenticateRequest.newBuilder().setName(name).setPassword(password).build(),
            AuthenticateResponse.getDefaultInstance())
        .getToken();
  }

  void add(String name, String password) {
    add(AuthUserAddRequest.newBuilder().setName(name).setPassword(password));
  }

  void add(AuthUserAddRequest.Builder request) {
    call("UserAdd", request.build(), AuthUserAddResponse.getDefaultInstance());
  }

  AuthUserGetResponse user(String name) {
    return call(
        "UserGet",
        AuthUserGetRequest.newBuilder().setName(name).build(),
        AuthUserGetResponse.getDefaultInstance());
  }

  AuthUserListResponse users() {
    return call(
        "UserList",
        AuthUserListRequest.getDefaultInstance(),
        AuthUserListResponse.getDefaultInstance());
  }

  void deleteUser(String name) {
    call(
        "UserDelete",
        AuthUserDeleteRequest.newBuilder().setName(name).build(),
        AuthUserDeleteResponse.getDefaultInstance());
  }

  void password(String name, String password) {
    call(
        "UserChangePassword",
        AuthUserChangePasswordRequest.newBuilder().setName(name).setPassword(password).build(),
        AuthUserChangePasswordResponse.getDefaultInstance());
  }

  void give(String user, String role) {
    call(
        "UserGrantRole",
        AuthUserGrantRoleRequest.newBuilder().setUser(user).setRole(role).build(),
        AuthUserGrantRoleResponse.getDefaultInstance());
  }

  void take(String user, String role) {
    call(
        "UserRevokeRole",
        AuthUserRevokeRoleRequest.newBuilder().setName(user).setRole(role).build(),
        AuthUserRevokeRoleResponse.getDefaultInstance());
  }

  void addRole(String name) {
    call(
        "RoleAdd",
        AuthRoleAddRequest.newBuilder().setName(name).build(),
        AuthRoleAddResponse.getDefaultInstance());
  }

  AuthRoleGetResponse role(String name) {
    return call(
        "RoleGet",
        AuthRoleGetRequest.newBuilder().setRole(name).build(),
        AuthRoleGetResponse.getDefaultInstance());
  }

  AuthRoleListResponse roles() {
    return call(
        "RoleList",
        AuthRoleListRequest.getDefaultInstance(),
        AuthRoleListResponse.getDefaultInstance());
  }

  void deleteRole(String name) {
    call(
        "RoleDelete",
        AuthRoleDeleteRequest.newBuilder().setRole(name).build(),
        AuthRoleDeleteResponse.getDefaultInstance());
  }

  void grant(String role, Permission.Type type, ByteString key, ByteString rangeEnd) {
    var permission =
        Permission.newBuilder().setPermType(type).setKey(key).setRangeEnd(rangeEnd).build();
    grant(AuthRoleGrantPermissionRequest.newBuilder().setName(role).setPerm(permission));
  }

  void grant(AuthRoleGrantPermissionRequest.Builder request) {
    call(
        "RoleGrantPermission",
        request.build(),
        AuthRoleGrantPermissionResponse.getDefaultInstance());
  }

  void revoke(String role, ByteString key, ByteString rangeEnd) {
    call(
        "RoleRevokePermission",
        AuthRoleRevokePermissionRequest.newBuilder()
            .setRole(role)
            .setKey(key)
            .setRangeEnd(rangeEnd)
            .build(),
        AuthRoleRevokePermissionResponse.getDefaultInstance());
  }
}
