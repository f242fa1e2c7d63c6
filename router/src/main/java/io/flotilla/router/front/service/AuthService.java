package io.flotilla.router.front.service;

import io.flotilla.proto.etcd.AuthGrpcService;
import io.flotilla.proto.etcd.AuthStatusRequest;
import io.flotilla.proto.etcd.AuthStatusResponse;
import io.flotilla.proto.etcd.AuthenticateRequest;
import io.flotilla.proto.etcd.AuthenticateResponse;
import io.flotilla.router.error.ApiError;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.front.rpc.RpcMethod;
import io.vertx.core.Future;
import java.util.List;

/// The part of etcd's Auth service that a cluster without users answers. Users and roles cannot be
/// managed: those calls do not exist here.
final class AuthService {
  /// Of an auth store that was never changed.
  private static final long FRESH_AUTH_REVISION = 1;

  private final Headers headers;

  AuthService(Headers headers) {
    this.headers = headers;
  }

  List<RpcMethod<?, ?>> methods() {
    return List.of(
        RpcMethod.unary(
            AuthGrpcService.Authenticate,
            AuthenticateRequest.getDefaultInstance(),
            this::authenticate),
        RpcMethod.unary(
            AuthGrpcService.AuthStatus, AuthStatusRequest.getDefaultInstance(), this::status));
  }

  private Future<AuthenticateResponse> authenticate(Call call, AuthenticateRequest request) {
    throw ApiError.AUTH_NOT_ENABLED.asException();
  }

  private Future<AuthStatusResponse> status(Call call, AuthStatusRequest request) {
    return Future.succeededFuture(
        AuthStatusResponse.newBuilder()
            .setHeader(headers.now())
            .setEnabled(false)
            .setAuthRevision(FRESH_AUTH_REVISION)
            .build());
  }
}
