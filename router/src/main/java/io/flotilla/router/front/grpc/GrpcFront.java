package io.flotilla.router.front.grpc;

import com.google.protobuf.Message;
import io.flotilla.router.front.rpc.CallScope;
import io.flotilla.router.front.rpc.RpcKind;
import io.flotilla.router.front.rpc.RpcMethod;
import io.flotilla.router.front.rpc.RpcRegistry;
import io.vertx.core.Handler;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerRequest;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.reflection.ReflectionService;
import io.vertx.grpc.server.GrpcProtocol;
import io.vertx.grpc.server.GrpcServer;
import io.vertx.grpc.server.GrpcServerOptions;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.Service;
import java.util.EnumSet;
import java.util.Set;

/// The gRPC side of one event loop: binds every method of the registry, raw bytes in and out, and
/// answers for those that do not exist in grpc-go's words.
public final class GrpcFront {
  private GrpcFront() {}

  /// @param reflection whether clients may ask which methods there are
  public static Handler<HttpServerRequest> create(
      Vertx vertx, CallScope scope, RpcRegistry registry, boolean reflection) {
    var options = new GrpcServerOptions().setMaxMessageSize(scope.limits().maxMessageBytes());
    for (GrpcProtocol protocol : EnumSet.complementOf(EnumSet.of(GrpcProtocol.HTTP_2))) {
      options.removeEnabledProtocol(protocol);
    }
    GrpcServer server = GrpcServer.server(vertx, options);
    for (RpcMethod<?, ?> method : registry.methods()) {
      bind(server, scope, method);
    }
    if (reflection) {
      describe(server, registry);
    }
    server.callHandler(request -> refuseUnknown(request, registry.services()));
    return request -> {
      GrpcPayload.nameEncoding(request.headers());
      server.handle(request);
    };
  }

  private static <Q extends Message, R extends Message> void bind(
      GrpcServer server, CallScope scope, RpcMethod<Q, R> method) {
    ServiceMethod<Buffer, Buffer> raw =
        ServiceMethod.server(
            ServiceName.create(method.service()),
            method.name(),
            GrpcMessageEncoder.IDENTITY,
            GrpcMessageDecoder.IDENTITY);
    if (method.kind() == RpcKind.UNARY) {
      server.callHandler(raw, request -> new GrpcUnaryCall<>(scope, method, request).start());
    } else {
      server.callHandler(raw, request -> new GrpcStreamCall<>(scope, method, request).start());
    }
  }

  /// Makes our services known to reflection; their methods are bound already.
  private static void describe(GrpcServer server, RpcRegistry registry) {
    registry.methods().stream()
        .map(method -> method.descriptor().getService())
        .distinct()
        .forEach(
            service ->
                server.addService(
                    Service.service(ServiceName.create(service.getFullName()), service).build()));
    server.addService(ReflectionService.v1());
  }

  private static void refuseUnknown(
      GrpcServerRequest<Buffer, Buffer> request, Set<String> services) {
    String text = unknown(request.fullMethodName(), services);
    var response = request.response().status(GrpcStatus.UNIMPLEMENTED).statusMessage(text);
    OpenRequests.close(request, response.end());
  }

  private static String unknown(String path, Set<String> services) {
    int slash = path.lastIndexOf('/');
    if (slash < 0) {
      return "malformed method name: \"/" + path + "\"";
    }
    String service = path.substring(0, slash);
    return services.contains(service)
        ? "unknown method " + path.substring(slash + 1) + " for service " + service
        : "unknown service " + service;
  }
}
