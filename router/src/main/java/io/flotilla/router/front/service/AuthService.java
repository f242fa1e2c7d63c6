package io.flotilla.router.front.service;

import com.google.protobuf.Message;
import io.flotilla.placement.auth.AuthFacts;
import io.flotilla.placement.auth.Role;
import io.flotilla.placement.auth.User;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.AuthAnswer;
import io.flotilla.proto.command.AuthChange;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.AuthDisableRequest;
import io.flotilla.proto.etcd.AuthDisableResponse;
import io.flotilla.proto.etcd.AuthEnableRequest;
import io.flotilla.proto.etcd.AuthEnableResponse;
import io.flotilla.proto.etcd.AuthGrpcService;
import io.flotilla.proto.etcd.AuthRoleAddRequest;
import io.flotilla.proto.etcd.AuthRoleAddResponse;
import io.flotilla.proto.etcd.AuthRoleDeleteRequest;
import io.flotilla.proto.etcd.AuthRoleDeleteResponse;
import io.flotilla.proto.etcd.AuthRoleGetRequest;
import io.flotilla.proto.etcd.AuthRoleGetResponse;
import io.flotilla.proto.etcd.AuthRoleGrantPermissionRequest;
import io.flotilla.proto.etcd.AuthRoleGrantPermissionResponse;
import io.flotilla.proto.etcd.AuthRoleListRequest;
import io.flotilla.proto.etcd.AuthRoleListResponse;
import io.flotilla.proto.etcd.AuthRoleRevokePermissionRequest;
import io.flotilla.proto.etcd.AuthRoleRevokePermissionResponse;
import io.flotilla.proto.etcd.AuthStatusRequest;
import io.flotilla.proto.etcd.AuthStatusResponse;
import io.flotilla.proto.etcd.AuthUserAddRequest;
import io.flotilla.proto.etcd.AuthUserAddResponse;
import io.flotilla.proto.etcd.AuthUserChangePasswordRequest;
import io.flotilla.proto.etcd.AuthUserChangePasswordResponse;
import io.flotilla.proto.etcd.AuthUserDeleteRequest;
import io.flotilla.proto.etcd.AuthUserDeleteResponse;
import io.flotilla.proto.etcd.AuthUserGetRequest;
import io.flotilla.proto.etcd.AuthUserGetResponse;
import io.flotilla.proto.etcd.AuthUserGrantRoleRequest;
import io.flotilla.proto.etcd.AuthUserGrantRoleResponse;
import io.flotilla.proto.etcd.AuthUserListRequest;
import io.flotilla.proto.etcd.AuthUserListResponse;
import io.flotilla.proto.etcd.AuthUserRevokeRoleRequest;
import io.flotilla.proto.etcd.AuthUserRevokeRoleResponse;
import io.flotilla.proto.etcd.AuthenticateRequest;
import io.flotilla.proto.etcd.AuthenticateResponse;
import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.router.auth.Authority;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.front.rpc.RpcMethod;
import io.flotilla.router.route.Doors;
import io.vertx.core.Future;
import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/// etcd's Auth service. Passwords are hashed here, so that neither the log nor another node sees
/// them.
final class AuthService {
  private final Doors doors;
  private final Proposals proposals;
  private final Headers headers;
  private final Authority authority;

  AuthService(Doors doors, Proposals proposals, Headers headers, Authority authority) {
    this.doors = doors;
    this.proposals = proposals;
    this.headers = headers;
    this.authority = authority;
  }

  List<RpcMethod<?, ?>> methods() {
    return List.of(
        RpcMethod.unary(
            AuthGrpcService.Authenticate,
            AuthenticateRequest.getDefaultInstance(),
            this::authenticate),
        RpcMethod.unary(
            AuthGrpcService.AuthStatus, AuthStatusRequest.getDefaultInstance(), this::status),
        change(
            AuthRpc.of(AuthGrpcService.AuthEnable, AuthEnableRequest.getDefaultInstance()),
            AuthChange.Builder::setEnable,
            header -> AuthEnableResponse.newBuilder().setHeader(header).build()),
        change(
            AuthRpc.of(AuthGrpcService.AuthDisable, AuthDisableRequest.getDefaultInstance()),
            AuthChange.Builder::setDisable,
            header -> AuthDisableResponse.newBuilder().setHeader(header).build()),
        RpcMethod.unary(
            AuthGrpcService.UserAdd, AuthUserAddRequest.getDefaultInstance(), this::addUser),
        RpcMethod.unary(
            AuthGrpcService.UserGet, AuthUserGetRequest.getDefaultInstance(), this::getUser),
        RpcMethod.unary(
            AuthGrpcService.UserList, AuthUserListRequest.getDefaultInstance(), this::listUsers),
        change(
            AuthRpc.of(AuthGrpcService.UserDelete, AuthUserDeleteRequest.getDefaultInstance()),
            AuthChange.Builder::setUserDelete,
            header -> AuthUserDeleteResponse.newBuilder().setHeader(header).build()),
        RpcMethod.unary(
            AuthGrpcService.UserChangePassword,
            AuthUserChangePasswordRequest.getDefaultInstance(),
            this::changePassword),
        change(
            AuthRpc.of(
                AuthGrpcService.UserGrantRole, AuthUserGrantRoleRequest.getDefaultInstance()),
            AuthChange.Builder::setUserGrantRole,
            header -> AuthUserGrantRoleResponse.newBuilder().setHeader(header).build()),
        change(
            AuthRpc.of(
                AuthGrpcService.UserRevokeRole, AuthUserRevokeRoleRequest.getDefaultInstance()),
            AuthChange.Builder::setUserRevokeRole,
            header -> AuthUserRevokeRoleResponse.newBuilder().setHeader(header).build()),
        change(
            AuthRpc.of(AuthGrpcService.RoleAdd, AuthRoleAddRequest.getDefaultInstance()),
            AuthChange.Builder::setRoleAdd,
            header -> AuthRoleAddResponse.newBuilder().setHeader(header).build()),
        RpcMethod.unary(
            AuthGrpcService.RoleGet, AuthRoleGetRequest.getDefaultInstance(), this::getRole),
        RpcMethod.unary(
            AuthGrpcService.RoleList, AuthRoleListRequest.getDefaultInstance(), this::listRoles),
        change(
            AuthRpc.of(AuthGrpcService.RoleDelete, AuthRoleDeleteRequest.getDefaultInstance()),
            AuthChange.Builder::setRoleDelete,
            header -> AuthRoleDeleteResponse.newBuilder().setHeader(header).build()),
        change(
            AuthRpc.of(
                AuthGrpcService.RoleGrantPermission,
                AuthRoleGrantPermissionRequest.getDefaultInstance()),
            AuthChange.Builder::setRoleGrantPermission,
            header -> AuthRoleGrantPermissionResponse.newBuilder().setHeader(header).build()),
        change(
            AuthRpc.of(
                AuthGrpcService.RoleRevokePermission,
                AuthRoleRevokePermissionRequest.getDefaultInstance()),
            AuthChange.Builder::setRoleRevokePermission,
            header -> AuthRoleRevokePermissionResponse.newBuilder().setHeader(header).build()));
  }

  // ---- changes

  /// A method whose request is a change as it is.
  private <Q extends Message, R extends Message> RpcMethod<Q, R> change(
      AuthRpc<Q, R> rpc,
      BiFunction<AuthChange.Builder, Q, AuthChange.Builder> put,
      Function<ResponseHeader, R> finish) {
    return RpcMethod.unary(
        rpc.method(),
        rpc.prototype(),
        (call, request) -> propose(call, put.apply(AuthChange.newBuilder(), request)).map(finish));
  }

  /// Completes when no node goes by what was before.
  private Future<ResponseHeader> propose(Call call, AuthChange.Builder change) {
    AuthChange built = change.build();
    return proposals
        .propose(
            call,
            Command.newBuilder().setAuth(built).build(),
            built.getSerializedSize(),
            AuthAnswer.Builder.class,
            Applied::new)
        .compose(
            applied ->
                authority.changes().settle(applied.answer().getFault()).map(_ -> applied.header()));
  }

  private record Applied(AuthAnswer.Builder answer, ResponseHeader header) {}

  /// What a client says is the hash counts for nothing here (etcd behaviour).
  private Future<AuthUserAddResponse> addUser(Call call, AuthUserAddRequest request) {
    boolean withoutPassword = request.getOptions().getNoPassword();
    Future<String> hashed =
        withoutPassword
            ? Future.succeededFuture("")
            : authority.passwords().hash(request.getPassword(), call.deadlineNanos());
    return hashed
        .map(hash -> request.toBuilder().clearPassword().setHashedPassword(hash).build())
        .compose(safe -> propose(call, AuthChange.newBuilder().setUserAdd(safe)))
        .map(header -> AuthUserAddResponse.newBuilder().setHeader(header).build());
  }

  /// Without a password the hash counts, also none (etcd behaviour).
  private Future<AuthUserChangePasswordResponse> changePassword(
      Call call, AuthUserChangePasswordRequest request) {
    Future<String> hashed =
        request.getPassword().isEmpty()
            ? Future.succeededFuture(request.getHashedPassword())
            : authority.passwords().hash(request.getPassword(), call.deadlineNanos());
    return hashed
        .map(hash -> request.toBuilder().clearPassword().setHashedPassword(hash).build())
        .compose(safe -> propose(call, AuthChange.newBuilder().setUserChangePassword(safe)))
        .map(header -> AuthUserChangePasswordResponse.newBuilder().setHeader(header).build());
  }

  // ---- logins

  private Future<AuthenticateResponse> authenticate(Call call, AuthenticateRequest request) {
    return authority
        .authenticator()
        .login(request.getName(), request.getPassword(), call.deadlineNanos())
        .map(
            token ->
                AuthenticateResponse.newBuilder().setHeader(headers.now()).setToken(token).build());
  }

  // ---- reads

  private Future<AuthFacts> facts(Call call) {
    return doors.group().read(ReadMode.LINEARIZABLE, new RootQuery.GetAuth(), call.deadlineNanos());
  }

  private Future<AuthStatusResponse> status(Call call, AuthStatusRequest request) {
    return facts(call)
        .map(
            facts ->
                AuthStatusResponse.newBuilder()
                    .setHeader(headers.now())
                    .setEnabled(facts.enabled())
                    .setAuthRevision(facts.revision())
                    .build());
  }

  private Future<AuthUserGetResponse> getUser(Call call, AuthUserGetRequest request) {
    return facts(call).map(facts -> answer(facts.user(request.getName())));
  }

  private AuthUserGetResponse answer(@Nullable User user) {
    if (user == null) {
      throw ApiError.USER_NOT_FOUND.asException();
    }
    return AuthUserGetResponse.newBuilder()
        .setHeader(headers.now())
        .addAllRoles(user.roles())
        .build();
  }

  private Future<AuthUserListResponse> listUsers(Call call, AuthUserListRequest request) {
    return facts(call)
        .map(
            facts ->
                AuthUserListResponse.newBuilder()
                    .setHeader(headers.now())
                    .addAllUsers(facts.users().keySet())
                    .build());
  }

  private Future<AuthRoleGetResponse> getRole(Call call, AuthRoleGetRequest request) {
    return facts(call).map(facts -> answer(facts.role(request.getRole())));
  }

  private AuthRoleGetResponse answer(@Nullable Role role) {
    if (role == null) {
      throw ApiError.ROLE_NOT_FOUND.asException();
    }
    return AuthRoleGetResponse.newBuilder()
        .setHeader(headers.now())
        .addAllPerm(role.shownPermissions())
        .build();
  }

  private Future<AuthRoleListResponse> listRoles(Call call, AuthRoleListRequest request) {
    return facts(call)
        .map(
            facts ->
                AuthRoleListResponse.newBuilder()
                    .setHeader(headers.now())
                    .addAllRoles(facts.roles().keySet())
                    .build());
  }
}
