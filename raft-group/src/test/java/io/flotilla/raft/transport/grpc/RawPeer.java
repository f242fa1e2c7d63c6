package io.flotilla.raft.transport.grpc;

import com.google.protobuf.MessageLite;
import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import io.flotilla.proto.peer.Hello;
import io.vertx.core.Promise;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpClientAgent;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.core.http.HttpClientOptions;
import io.vertx.core.http.HttpClientRequest;
import io.vertx.core.http.HttpConnectOptions;
import io.vertx.core.http.HttpMethod;
import io.vertx.core.http.HttpVersion;

/// A node that says what a test wants, byte by byte.
final class RawPeer {
  /// Held, since a client that nobody holds is closed with its connections by the collector.
  private final HttpClientAgent client;

  private final HttpClientConnection connection;
  private final HttpClientRequest request;
  private final Promise<Void> closed = Promise.promise();

  RawPeer(Vertx vertx, int port) {
    var options =
        new HttpClientOptions()
            .setProtocolVersion(HttpVersion.HTTP_2)
            .setHttp2ClearTextUpgrade(false);
    var to = new HttpConnectOptions().setHost("127.0.0.1").setPort(port);
    client = vertx.createHttpClient(options);
    connection = LinkNode.await(client.connect(to));
    connection.closeHandler(_ -> closed.tryComplete());
    request = LinkNode.await(connection.request(HttpMethod.POST, "/flotilla.peer.Peer/Exchange"));
    request.putHeader("content-type", "application/grpc").putHeader("te", "trailers");
    request.setChunked(true).exceptionHandler(_ -> {});
    request.response().onSuccess(response -> response.exceptionHandler(_ -> {}));
  }

  static Hello.Builder hello(int from, NodeId to) {
    return new Handshake(LinkNode.CLUSTER, new NodeId(from)).helloTo(to).toBuilder();
  }

  RawPeer greet(int from, NodeId to) {
    return write(Frame.newBuilder().setHello(hello(from, to)).build());
  }

  RawPeer write(MessageLite message) {
    return write(0, message.getSerializedSize(), message.toByteArray());
  }

  RawPeer write(int flag, long length, byte[] bytes) {
    request.write(
        Buffer.buffer().appendByte((byte) flag).appendUnsignedInt(length).appendBytes(bytes));
    return this;
  }

  /// The answer's refusal: its name in the header of an answer without a body.
  String refusal() {
    return String.valueOf(LinkNode.await(request.response()).getHeader(Refusal.TRAILER));
  }

  /// Ends the client, too: nobody asks this peer for more.
  void awaitClosed() {
    LinkNode.await(closed.future());
    LinkNode.await(client.close());
  }
}
