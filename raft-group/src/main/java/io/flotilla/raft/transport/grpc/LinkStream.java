package io.flotilla.raft.transport.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import io.flotilla.proto.peer.PeerGrpcClient;
import io.flotilla.raft.transport.PeerLinks.Lane;
import io.vertx.core.Future;
import io.vertx.core.MultiMap;
import io.vertx.core.Vertx;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcStatus;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/// One connection to a node and the one stream on it: greets, then takes frames. Ends once, with a
/// reason; the connection ends with it.
final class LinkStream {
  /// Told on the loop.
  interface Owner {
    /// The node greeted as it should: frames may go.
    void onGreeted(LinkStream stream);

    /// There is room again.
    void onRoom(LinkStream stream);

    /// @param refusal what one side has against the other; null if the connection just ended
    void onEnded(LinkStream stream, String reason, @Nullable Refusal refusal);
  }

  private static final int LAST_WORDS_MILLIS = 500;

  private final Handshake handshake;
  private final NodeId node;
  private final LinkSettings.Bounds bounds;
  private final HttpClientConnection connection;
  private final Owner owner;
  private @Nullable GrpcClientRequest<Frame, Frame> request;
  private long queuedBytes;
  private long writtenBytes;
  private boolean roomWanted;
  private boolean greeted;
  private boolean ended;

  LinkStream(LinkSettings settings, NodeId node, HttpClientConnection connection, Owner owner) {
    this.handshake = new Handshake(settings.clusterId(), settings.self());
    this.node = node;
    this.bounds = settings.bounds();
    this.connection = connection;
    this.owner = owner;
    connection.closeHandler(_ -> end("the connection was closed", null));
    connection.exceptionHandler(failure -> end(String.valueOf(failure.getMessage()), null));
  }

  HttpClientConnection connection() {
    return connection;
  }

  // ------------------------------------------------------------------- greeting

  void greet(Vertx vertx, Lane lane) {
    var method =
        switch (lane) {
          case MESSAGES -> PeerGrpcClient.Exchange;
          case SNAPSHOTS -> PeerGrpcClient.Transfer;
        };
    GrpcClient.client(vertx, connection)
        .request(method)
        .onComplete(this::onRequest, failure -> end(String.valueOf(failure.getMessage()), null));
  }

  private void onRequest(GrpcClientRequest<Frame, Frame> opened) {
    request = opened;
    opened.exceptionHandler(failure -> end(String.valueOf(failure.getMessage()), null));
    opened
        .response()
        .onComplete(this::onResponse, failure -> end(String.valueOf(failure.getMessage()), null));
    var hello = Frame.newBuilder().setHello(handshake.helloTo(node)).build();
    opened.writeMessage(FrameBytes.encode(hello));
  }

  private void onResponse(GrpcClientResponse<Frame, Frame> response) {
    GrpcStatus status = response.status();
    if (status != null && status != GrpcStatus.OK) {
      onStatus(status, response.statusMessage(), response.headers());
      return;
    }
    response.invalidMessageHandler(_ -> end("the node sent what is no frame", null));
    response.errorHandler(error -> end("the stream was reset: " + error, null));
    response.exceptionHandler(failure -> end(String.valueOf(failure.getMessage()), null));
    response.endHandler(
        _ -> {
          MultiMap trailers = response.trailers();
          onStatus(response.status(), trailers.get("grpc-message"), trailers);
        });
    response.messageHandler(this::onMessage);
  }

  private void onStatus(@Nullable GrpcStatus status, @Nullable String text, MultiMap from) {
    Refusal refusal = Refusal.ofWireName(from.get(Refusal.TRAILER));
    String shown = refusal != null ? refusal.text() : text == null ? "" : text;
    String name = status == null ? "" : status.name();
    end("the node ended the stream: " + name + " " + shown, refusal);
  }

  /// Only the first message says something; a later version may send more.
  private void onMessage(GrpcMessage message) {
    if (ended || greeted) {
      return;
    }
    try {
      Frame frame = FrameBytes.decode(message);
      Refusal refusal =
          frame.hasHello() ? handshake.refusalOfAnswer(frame.getHello(), node) : Refusal.MALFORMED;
      if (refusal != null) {
        end("the node that answers is refused: " + refusal.wireName(), refusal);
        return;
      }
    } catch (InvalidProtocolBufferException malformed) {
      end("the node sent what is no frame", Refusal.MALFORMED);
      return;
    }
    greeted = true;
    owner.onGreeted(this);
  }

  // ------------------------------------------------------------------- frames

  /// What was handed over and has not reached the machine's socket.
  long queuedBytes() {
    return queuedBytes;
  }

  /// What has, in all.
  long writtenBytes() {
    return writtenBytes;
  }

  boolean isWritable() {
    boolean writable = queuedBytes < bounds.writableBytes();
    roomWanted |= !writable;
    return writable;
  }

  boolean send(Frame frame) {
    int bytes = frame.getSerializedSize();
    GrpcClientRequest<Frame, Frame> open = request;
    if (ended
        || open == null
        || bytes > bounds.maxFrameBytes()
        || queuedBytes + bytes > bounds.queuedBytes()) {
      return false;
    }
    queuedBytes += bytes;
    open.writeMessage(FrameBytes.encode(frame)).onComplete(_ -> onWritten(bytes));
    return true;
  }

  private void onWritten(int bytes) {
    queuedBytes -= bytes;
    writtenBytes += bytes;
    if (roomWanted && !ended && queuedBytes <= bounds.writableBytes() / 2) {
      roomWanted = false;
      owner.onRoom(this);
    }
  }

  // ------------------------------------------------------------------- end

  /// The connection is given up, at once.
  void end(String reason, @Nullable Refusal refusal) {
    if (ended) {
      return;
    }
    ended = true;
    connection.close();
    owner.onEnded(this, reason, refusal);
  }

  /// What was sent goes out, if it does so soon; then the connection ends. The owner is not told.
  Future<Void> close() {
    if (ended) {
      return Future.succeededFuture();
    }
    ended = true;
    Future<Void> last = request == null ? Future.succeededFuture() : request.end();
    return last.timeout(LAST_WORDS_MILLIS, TimeUnit.MILLISECONDS)
        .eventually(connection::close)
        .otherwiseEmpty();
  }
}
