package io.flotilla.raft.transport.grpc;

import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.NodeId;
import io.flotilla.proto.peer.Frame;
import io.flotilla.raft.transport.PeerLinks.Lane;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcStatus;
import io.vertx.grpc.server.GrpcServerRequest;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/// A stream of frames of another node. Whoever says what no node says is cut off.
final class InboundStream {
  private static final Logger LOG = LoggerFactory.getLogger(InboundStream.class);

  /// Told on the loop.
  interface Owner {
    void onGreeted(InboundStream stream, NodeId from);

    void onFrame(NodeId from, Lane lane, Frame frame);

    void onEnded(InboundStream stream);
  }

  private final Handshake handshake;
  private final Predicate<NodeId> removed;
  private final Lane lane;
  private final GrpcServerRequest<Frame, Frame> request;
  private final Owner owner;
  private @Nullable NodeId from;
  private boolean ended;

  InboundStream(
      Handshake handshake,
      Predicate<NodeId> removed,
      Lane lane,
      GrpcServerRequest<Frame, Frame> request,
      Owner owner) {
    this.handshake = handshake;
    this.removed = removed;
    this.lane = lane;
    this.request = request;
    this.owner = owner;
  }

  void open() {
    request.invalidMessageHandler(invalid -> cutOff(String.valueOf(invalid)));
    request.exceptionHandler(_ -> end());
    request.errorHandler(_ -> end());
    request.endHandler(_ -> onLastFrame());
    request.messageHandler(this::onMessage);
    request.response().exceptionHandler(_ -> end());
  }

  Lane lane() {
    return lane;
  }

  /// Null until it greeted.
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
    Frame frame;
    try {
      frame = FrameBytes.decode(message);
    } catch (InvalidProtocolBufferException malformed) {
      cutOff(String.valueOf(malformed.getMessage()));
      return;
    }
    NodeId sender = from;
    if (sender == null) {
      onFirst(frame);
    } else if (frame.hasHello()) {
      cutOff("a node greets once");
    } else {
      owner.onFrame(sender, lane, frame);
    }
  }

  private void onFirst(Frame frame) {
    Refusal refusal =
        frame.hasHello() ? handshake.refusalOf(frame.getHello(), removed) : Refusal.MALFORMED;
    if (refusal != null) {
      LOG.atWarn()
          .addKeyValue("event", "peer-turned-away")
          .addKeyValue("peer", new NodeId(frame.getHello().getFromNode()))
          .addKeyValue("cluster", Long.toHexString(frame.getHello().getClusterId()))
          .addKeyValue("address", request.connection().remoteAddress())
          .addKeyValue("reason", refusal.wireName())
          .log("a node is not talked to");
      refuse(refusal);
      return;
    }
    var node = new NodeId(frame.getHello().getFromNode());
    from = node;
    var hello = Frame.newBuilder().setHello(handshake.helloTo(node)).build();
    request.response().writeMessage(FrameBytes.encode(hello));
    owner.onGreeted(this, node);
  }

  /// Ends the stream and says why.
  void refuse(Refusal refusal) {
    if (ended) {
      return;
    }
    var response = request.response();
    response.trailers().set(Refusal.TRAILER, refusal.wireName());
    response.status(refusal.status()).statusMessage(refusal.text());
    response.end();
    end();
  }

  private void onLastFrame() {
    if (!ended) {
      request.response().status(GrpcStatus.OK).end();
      end();
    }
  }

  private void cutOff(String reason) {
    if (ended) {
      return;
    }
    LOG.atWarn()
        .addKeyValue("event", "peer-malformed")
        .addKeyValue("peer", from)
        .addKeyValue("address", request.connection().remoteAddress())
        .addKeyValue("reason", reason)
        .log("a node sent what is no frame; its connection is closed");
    close();
  }

  /// Closes the connection at once.
  void close() {
    end();
    request.connection().close();
  }

  private void end() {
    if (!ended) {
      ended = true;
      owner.onEnded(this);
    }
  }
}
