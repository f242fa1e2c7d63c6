package io.flotilla.raft.transport.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.proto.peer.StreamPart;
import io.flotilla.proto.peer.StreamRequest;
import io.flotilla.raft.transport.RejectionCodec;
import io.flotilla.raft.transport.ReplicaLimits;
import io.flotilla.raft.transport.ReplicaStreams;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServerRequest;
import io.vertx.grpc.server.GrpcServerResponse;
import org.jspecify.annotations.Nullable;

/// One stream that another node asked this one for: its first message greets and asks.
final class ServedStream implements ReplicaStreams.Sink {
  /// No message is larger, so that no side has to allow for large ones.
  private static final int PIECE_BYTES = 128 * 1024;

  /// Told on the loop.
  interface Owner {
    Handshake handshake();

    boolean wasRemoved(NodeId node);

    void onAsked(ServedStream stream, StreamRequest request);

    void onEnded(ServedStream stream);
  }

  private final GrpcServerRequest<StreamRequest, StreamPart> request;
  private final GrpcServerResponse<StreamRequest, StreamPart> response;
  private final ReplicaStreams.Kind kind;
  private final ReplicaLimits limits;
  private final Owner owner;
  private @Nullable NodeId from;
  private long queuedBytes;
  private boolean roomWanted;
  private boolean gone;
  private boolean ended;
  private Runnable onWritable = () -> {};
  private Runnable onGone = () -> {};

  ServedStream(
      GrpcServerRequest<StreamRequest, StreamPart> request,
      ReplicaStreams.Kind kind,
      ReplicaLimits limits,
      Owner owner) {
    this.request = request;
    this.response = request.response();
    this.kind = kind;
    this.limits = limits;
    this.owner = owner;
  }

  void open() {
    request.invalidMessageHandler(_ -> turnAway(Refusal.MALFORMED));
    request.exceptionHandler(_ -> onAskerGone());
    request.errorHandler(_ -> onAskerGone());
    response.exceptionHandler(_ -> onAskerGone());
    request.endHandler(_ -> onAsked());
    request.messageHandler(this::onMessage);
  }

  ReplicaStreams.Kind kind() {
    return kind;
  }

  /// Null until it asked.
  @Nullable NodeId from() {
    return from;
  }

  boolean hasEnded() {
    return ended;
  }

  private void onMessage(GrpcMessage message) {
    if (ended) {
      return;
    }
    if (from != null) {
      turnAway(Refusal.MALFORMED);
      return;
    }
    StreamRequest asked;
    try {
      asked = FrameBytes.decode(message, StreamRequest.parser());
    } catch (InvalidProtocolBufferException malformed) {
      turnAway(Refusal.MALFORMED);
      return;
    }
    Refusal refusal =
        asked.hasHello()
            ? owner.handshake().refusalOf(asked.getHello(), owner::wasRemoved)
            : Refusal.MALFORMED;
    if (refusal != null) {
      turnAway(refusal);
      return;
    }
    var node = new NodeId(asked.getHello().getFromNode());
    from = node;
    write(StreamPart.newBuilder().setHello(owner.handshake().helloTo(node)).build());
    owner.onAsked(this, asked);
  }

  /// The asker says nothing after its question.
  private void onAsked() {
    if (from == null) {
      turnAway(Refusal.MALFORMED);
    }
  }

  /// Ends the stream and says what this node has against the other.
  void turnAway(Refusal refusal) {
    if (ended) {
      return;
    }
    response.trailers().set(Refusal.TRAILER, refusal.wireName());
    response.status(refusal.status()).statusMessage(refusal.text());
    response.end();
    boolean asked = from != null;
    finish();
    if (asked) {
      leave();
    }
  }

  // ------------------------------------------------------------------- the sink

  @Override
  public boolean isWritable() {
    boolean writable = !ended && queuedBytes < limits.writableBytes();
    roomWanted |= !writable;
    return writable;
  }

  @Override
  public boolean send(ByteString part) {
    if (ended) {
      return true;
    }
    int bytes = part.size();
    if (bytes > limits.partBytes() || queuedBytes + bytes > limits.queuedBytes()) {
      refuse(new Rejection.TooManyRequests());
      return false;
    }
    int begin = 0;
    do {
      int end = Math.min(bytes, begin + PIECE_BYTES);
      write(
          StreamPart.newBuilder().setBody(part.substring(begin, end)).setMore(end < bytes).build());
      begin = end;
    } while (begin < bytes);
    return true;
  }

  private void write(StreamPart part) {
    int bytes = part.getSerializedSize();
    queuedBytes += bytes;
    response.writeMessage(FrameBytes.encode(part)).onComplete(_ -> onWritten(bytes));
  }

  private void onWritten(int bytes) {
    queuedBytes -= bytes;
    if (roomWanted && !ended && queuedBytes <= limits.writableBytes() / 2) {
      roomWanted = false;
      onWritable.run();
    }
  }

  @Override
  public void onWritable(Runnable handler) {
    onWritable = handler;
  }

  @Override
  public void onGone(Runnable handler) {
    onGone = handler;
    if (gone) {
      leave();
    }
  }

  @Override
  public void end() {
    if (!ended) {
      finish();
      response.status(GrpcStatus.OK).end();
    }
  }

  @Override
  public void refuse(Rejection why) {
    if (!ended) {
      write(StreamPart.newBuilder().setRefused(RejectionCodec.encode(why)).build());
      end();
    }
  }

  // ------------------------------------------------------------------- end

  private void onAskerGone() {
    if (!ended) {
      finish();
      leave();
    }
  }

  /// Ends at once; whoever answers hears that the asker has gone.
  void cutOff() {
    if (!ended) {
      response.cancel();
      onAskerGone();
    }
  }

  private void leave() {
    gone = true;
    Runnable handler = onGone;
    onGone = () -> {};
    handler.run();
  }

  private void finish() {
    ended = true;
    owner.onEnded(this);
  }
}
