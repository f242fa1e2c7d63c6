package io.flotilla.raft.transport.grpc;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.flotilla.base.Rejection;
import io.flotilla.proto.peer.ReplicasGrpcClient;
import io.flotilla.proto.peer.StreamPart;
import io.flotilla.proto.peer.StreamRequest;
import io.flotilla.raft.transport.RejectionCodec;
import io.flotilla.raft.transport.ReplicaStreams;
import io.vertx.core.MultiMap;
import io.vertx.core.http.HttpClientConnection;
import io.vertx.grpc.client.GrpcClient;
import io.vertx.grpc.client.GrpcClientRequest;
import io.vertx.grpc.client.GrpcClientResponse;
import io.vertx.grpc.common.GrpcMessage;
import io.vertx.grpc.common.GrpcStatus;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/// One stream that this node asked another for. Ends once: by the node, by its listener's owner, at
/// its deadline, or with the connection.
final class AskedStream implements ReplicaStreams.Handle {
  /// @param deadlineNanos as in [ReplicaStreams#open]
  record Question(ByteString body, long deadlineNanos) {
    boolean hasDeadline() {
      return deadlineNanos != ReplicaStreams.NO_DEADLINE;
    }

    long leftMillis() {
      return Math.max(1, Math.ceilDiv(deadlineNanos - System.nanoTime(), 1_000_000L));
    }
  }

  private final ReplicaLink link;
  private final Question question;
  private final ReplicaStreams.Listener listener;
  private ByteString.@Nullable Output pieces;
  private @Nullable GrpcClientRequest<StreamRequest, StreamPart> request;
  private @Nullable GrpcClientResponse<StreamRequest, StreamPart> response;
  private long timer = -1;
  private boolean greeted;
  private boolean paused;
  private boolean ended;

  AskedStream(ReplicaLink link, Question question, ReplicaStreams.Listener listener) {
    this.link = link;
    this.question = question;
    this.listener = listener;
  }

  void watchDeadline() {
    if (question.hasDeadline()) {
      timer = link.vertx().setTimer(question.leftMillis(), _ -> fail(new Rejection.TimedOut()));
    }
  }

  // ------------------------------------------------------------------- asking

  void begin(HttpClientConnection connection, ReplicaStreams.Kind kind) {
    var method =
        switch (kind) {
          case READ -> ReplicasGrpcClient.Read;
          case FOLLOW -> ReplicasGrpcClient.Follow;
          case COPY -> ReplicasGrpcClient.Copy;
        };
    GrpcClient.client(link.vertx(), connection)
        .request(method)
        .onComplete(this::onRequest, this::onBroken);
  }

  private void onRequest(GrpcClientRequest<StreamRequest, StreamPart> opened) {
    if (ended) {
      opened.cancel();
      return;
    }
    request = opened;
    opened.exceptionHandler(this::onBroken);
    opened.response().onComplete(this::onResponse, this::onBroken);
    var first =
        StreamRequest.newBuilder()
            .setHello(link.handshake().helloTo(link.node()))
            .setBody(question.body());
    if (question.hasDeadline()) {
      first.setTimeoutMillis(question.leftMillis());
    }
    opened.endMessage(FrameBytes.encode(first.build()));
  }

  private void onResponse(GrpcClientResponse<StreamRequest, StreamPart> answer) {
    GrpcStatus status = answer.status();
    if (status != null && status != GrpcStatus.OK) {
      onStatus(status, answer.headers());
      return;
    }
    response = answer;
    answer.invalidMessageHandler(_ -> onMalformed());
    answer.errorHandler(_ -> fail(new Rejection.NoLeader()));
    answer.exceptionHandler(this::onBroken);
    answer.endHandler(_ -> onStatus(answer.status(), answer.trailers()));
    answer.messageHandler(this::onMessage);
    if (paused) {
      answer.pause();
    }
  }

  private void onStatus(@Nullable GrpcStatus status, MultiMap from) {
    if (ended) {
      return;
    }
    Refusal refusal = Refusal.ofWireName(from.get(Refusal.TRAILER));
    if (refusal != null) {
      link.complain(refusal.text(), refusal);
    }
    if (status == GrpcStatus.OK && greeted && pieces == null) {
      end();
      listener.onEnd();
    } else {
      fail(new Rejection.NoLeader());
    }
  }

  private void onMessage(GrpcMessage message) {
    if (ended) {
      return;
    }
    link.onSign();
    StreamPart part;
    try {
      part = FrameBytes.decode(message, StreamPart.parser());
    } catch (InvalidProtocolBufferException malformed) {
      onMalformed();
      return;
    }
    if (part.hasRefused()) {
      fail(RejectionCodec.decode(part.getRefused()));
    } else if (!greeted) {
      onGreeting(part);
    } else {
      onPiece(part);
    }
  }

  private void onGreeting(StreamPart part) {
    Refusal refusal =
        part.hasHello()
            ? link.handshake().refusalOfAnswer(part.getHello(), link.node())
            : Refusal.MALFORMED;
    if (refusal != null) {
      link.complain("the node that answers is refused: " + refusal.wireName(), refusal);
      fail(new Rejection.NoLeader());
      return;
    }
    greeted = true;
  }

  private void onPiece(StreamPart part) {
    ByteString.Output gathered = pieces;
    if (gathered == null && !part.getMore()) {
      listener.onPart(part.getBody());
      return;
    }
    if (gathered == null) {
      gathered = ByteString.newOutput();
      pieces = gathered;
    }
    if ((long) gathered.size() + part.getBody().size() > link.limits().partBytes()) {
      fail(new Rejection.RequestTooLarge());
      return;
    }
    try {
      part.getBody().writeTo(gathered);
    } catch (IOException impossible) {
      throw new IllegalStateException("memory cannot fail to be written", impossible);
    }
    if (!part.getMore()) {
      pieces = null;
      listener.onPart(gathered.toByteString());
    }
  }

  private void onMalformed() {
    link.complain("the node sent what is no part of an answer", Refusal.MALFORMED);
    fail(new Rejection.NoLeader());
  }

  private void onBroken(Throwable failure) {
    fail(new Rejection.NoLeader());
  }

  // ------------------------------------------------------------------- flow

  @Override
  public void pause() {
    paused = true;
    if (response != null && !ended) {
      response.pause();
    }
  }

  @Override
  public void resume() {
    paused = false;
    if (response != null && !ended) {
      response.resume();
    }
  }

  // ------------------------------------------------------------------- end

  @Override
  public void cancel() {
    if (!ended) {
      end();
      reset();
    }
  }

  void fail(Rejection why) {
    if (!ended) {
      end();
      reset();
      listener.onFailure(why);
    }
  }

  /// As [#fail], after whoever asks has returned.
  void failSoon(Rejection why) {
    link.vertx().runOnContext(_ -> fail(why));
  }

  private void reset() {
    if (request != null) {
      request.cancel();
    }
    if (response != null && paused) {
      response.resume(); // what came is thrown away, and counts as read
    }
  }

  private void end() {
    ended = true;
    pieces = null;
    link.vertx().cancelTimer(timer);
    link.onEnded(this);
  }
}
