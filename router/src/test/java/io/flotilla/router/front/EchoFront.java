package io.flotilla.router.front;

import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.grpc.common.GrpcMessageDecoder;
import io.vertx.grpc.common.GrpcMessageEncoder;
import io.vertx.grpc.common.ServiceMethod;
import io.vertx.grpc.common.ServiceName;
import io.vertx.grpc.server.GrpcServer;
import java.io.IOException;
import java.util.Set;

/// A front over a cluster that answers at once, for measuring what the front itself costs. Prints
/// its port and runs until it is killed. Argument: the number of event loops; `bare` as second
/// argument starts a server that answers without any of our code, the ceiling of the stack.
final class EchoFront {
  private EchoFront() {}

  public static void main(String[] args) throws IOException {
    int loops = args.length > 0 ? Integer.parseInt(args[0]) : 1;
    var fixture = new FrontFixture(Set.of("*"), Set.of(), FrontFixture.LIMITS, loops);
    fixture.cluster.records = false;
    int port = args.length > 1 ? bare(fixture) : fixture.port();
    System.out.println("port " + port + " pid " + ProcessHandle.current().pid());
    System.in.read();
  }

  private static int bare(FrontFixture fixture) {
    ServiceMethod<Buffer, Buffer> put =
        ServiceMethod.server(
            ServiceName.create("etcdserverpb.KV"),
            "Put",
            GrpcMessageEncoder.IDENTITY,
            GrpcMessageDecoder.IDENTITY);
    GrpcServer grpc = GrpcServer.server(fixture.vertx);
    byte[] answer = new byte[30];
    grpc.callHandler(
        put, request -> request.handler(_ -> request.response().end(Buffer.buffer(answer))));
    var server = fixture.vertx.createHttpServer(new HttpServerOptions()).requestHandler(grpc);
    return FrontFixture.await(server.listen(0, "127.0.0.1")).actualPort();
  }
}
