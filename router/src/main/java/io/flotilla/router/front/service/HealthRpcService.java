package io.flotilla.router.front.service;

import io.flotilla.router.error.ApiStatus;
import io.flotilla.router.front.ServingState;
import io.flotilla.router.front.rpc.Call;
import io.flotilla.router.front.rpc.RpcMethod;
import io.flotilla.router.front.rpc.RpcMethod.Trait;
import io.flotilla.router.front.rpc.StreamSession;
import io.flotilla.router.front.rpc.StreamSink;
import io.vertx.core.Future;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.health.handler.GrpcHealthCheckV1Handler;
import io.vertx.grpc.health.handler.GrpcHealthListV1Handler;
import io.vertx.grpc.health.handler.GrpcHealthWatchV1Handler;
import io.vertx.grpc.health.v1.HealthCheckRequest;
import io.vertx.grpc.health.v1.HealthCheckResponse;
import io.vertx.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.vertx.grpc.health.v1.HealthListRequest;
import io.vertx.grpc.health.v1.HealthListResponse;
import java.util.List;

/// gRPC's health service. The server as a whole, by the empty name, is the only thing it knows, as
/// with etcd.
final class HealthRpcService {
  private final ServingState state;

  HealthRpcService(ServingState state) {
    this.state = state;
  }

  List<RpcMethod<?, ?>> methods() {
    return List.of(
        RpcMethod.unary(
            GrpcHealthCheckV1Handler.SERVICE_METHOD,
            HealthCheckRequest.getDefaultInstance(),
            this::check,
            Trait.ALWAYS),
        RpcMethod.unary(
            GrpcHealthListV1Handler.SERVICE_METHOD,
            HealthListRequest.getDefaultInstance(),
            this::list,
            Trait.ALWAYS),
        RpcMethod.stream(
            GrpcHealthWatchV1Handler.SERVICE_METHOD,
            HealthCheckRequest.getDefaultInstance(),
            (call, sink) -> new Watching(sink),
            Trait.ALWAYS));
  }

  private Future<HealthCheckResponse> check(Call call, HealthCheckRequest request) {
    if (!request.getService().isEmpty()) {
      throw new ApiStatus(GrpcStatus.NOT_FOUND, "unknown service").asException();
    }
    return Future.succeededFuture(answer(now()));
  }

  private Future<HealthListResponse> list(Call call, HealthListRequest request) {
    return Future.succeededFuture(
        HealthListResponse.newBuilder().putStatuses("", answer(now())).build());
  }

  private ServingStatus now() {
    return state.isServing() ? ServingStatus.SERVING : ServingStatus.NOT_SERVING;
  }

  private static HealthCheckResponse answer(ServingStatus status) {
    return HealthCheckResponse.newBuilder().setStatus(status).build();
  }

  /// Tells the status now and whenever it changes; for an unknown service that it is unknown.
  private final class Watching implements StreamSession<HealthCheckRequest> {
    private final StreamSink<HealthCheckResponse> sink;
    private final ServingState.Listener listener = this::changed;

    Watching(StreamSink<HealthCheckResponse> sink) {
      this.sink = sink;
    }

    @Override
    public void onRequest(HealthCheckRequest request) {
      if (request.getService().isEmpty()) {
        sink.send(answer(now()));
        state.listen(listener);
      } else {
        sink.send(answer(ServingStatus.SERVICE_UNKNOWN));
      }
    }

    private void changed() {
      sink.send(answer(now()));
    }

    @Override
    public void onClosed() {
      state.forget(listener);
    }
  }
}
