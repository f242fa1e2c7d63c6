package io.flotilla.raft.transport;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Done;
import io.flotilla.proto.peer.Frame;
import io.flotilla.proto.peer.HashState;
import io.flotilla.proto.peer.ReadIndex;
import io.flotilla.proto.peer.Refused;
import io.flotilla.proto.peer.Reply;
import io.flotilla.raft.host.ManualLoop;
import io.flotilla.raft.transport.PeerLinks.Lane;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PeerCallsTest {
  private static final NodeId A = new NodeId(1);
  private static final NodeId B = new NodeId(2);
  private static final PeerLimits LIMITS = new PeerLimits(1_000, 2_000, 20, 4_000, 4, 2);

  private final ManualLoop loop = new ManualLoop();
  private final FakeLinks aLinks = new FakeLinks();
  private final FakeLinks bLinks = new FakeLinks();
  private final PeerHub a = hub(A, aLinks);
  private final PeerHub b = hub(B, bLinks);

  private PeerHub hub(NodeId self, PeerLinks links) {
    var metrics = new PeerMetrics(new SimpleMeterRegistry(), self);
    return new PeerHub(self, links, loop, loop, LIMITS, metrics);
  }

  @BeforeEach
  void connect() {
    aLinks.up(B);
    bLinks.up(A);
  }

  private static Call.Builder readIndex() {
    return Call.newBuilder().setGroup(7).setReadIndex(ReadIndex.getDefaultInstance());
  }

  private Future<Reply> call(long millis) {
    return a.call(B, readIndex(), loop.inMillis(millis));
  }

  /// Frames travel until nobody has anything to say.
  private void exchange() {
    loop.settle();
    while (!aLinks.sent.isEmpty() || !bLinks.sent.isEmpty()) {
      pass(aLinks, A, bLinks);
      pass(bLinks, B, aLinks);
      loop.settle();
    }
  }

  private static void pass(FakeLinks out, NodeId from, FakeLinks in) {
    List<Frame> frames = out.frames();
    out.sent.clear();
    frames.forEach(frame -> in.listener.onFrame(from, Lane.MESSAGES, frame));
  }

  private static Rejection rejection(Future<?> future) {
    if (future.cause() instanceof RejectedException rejected) {
      return rejected.rejection();
    }
    throw new AssertionError("not refused: " + future, future.cause());
  }

  // ------------------------------------------------------------------- answers

  @Test
  void callIsAnsweredByTheHandlerOfItsKind() {
    List<String> handled = new ArrayList<>();
    b.onCall(
        Call.BodyCase.READ_INDEX,
        (from, call, deadlineNanos) -> {
          handled.add(from + " " + call.getGroup() + " " + (deadlineNanos - loop.nanoTime()));
          return Future.succeededFuture(Reply.newBuilder().setIndex(42));
        });
    b.onCall(
        Call.BodyCase.HASH_STATE,
        (_, call, _) ->
            Future.succeededFuture(Reply.newBuilder().setIndex(call.getHashState().getRevision())));
    Future<Reply> first = call(500);
    var hash = Call.newBuilder().setHashState(HashState.newBuilder().setRevision(9));
    Future<Reply> second = a.call(B, hash, loop.inMillis(500));
    exchange();
    assertThat(first.result().getIndex()).isEqualTo(42);
    assertThat(second.result().getIndex()).isEqualTo(9);
    assertThat(handled).containsExactly("1 7 500000000");
  }

  @Test
  void callsOfOneTurnShareAFrame() {
    call(500);
    call(500);
    loop.settle();
    assertThat(aLinks.frames()).singleElement().extracting(Frame::getCallsCount).isEqualTo(2);
  }

  @Test
  void refusalArrivesAsRejection() {
    b.onCall(
        Call.BodyCase.READ_INDEX,
        (_, _, _) -> Future.failedFuture(new Rejection.NotLeader(new NodeId(5)).asException()));
    Future<Reply> reply = call(500);
    exchange();
    assertThat(rejection(reply)).isEqualTo(new Rejection.NotLeader(new NodeId(5)));
  }

  @Test
  void refusalOfTheCallsOwnKindIsAnAnswer() {
    var refused = Refused.newBuilder().setCode(RejectionCodec.OTHER_CODES + 3);
    b.onCall(
        Call.BodyCase.READ_INDEX,
        (_, _, _) -> Future.succeededFuture(Reply.newBuilder().setRefused(refused)));
    Future<Reply> reply = call(500);
    exchange();
    assertThat(reply.result().getRefused()).isEqualTo(refused.build());
  }

  @Test
  void handlerThatFailsLeavesTheOutcomeUnknown() {
    b.onCall(
        Call.BodyCase.READ_INDEX,
        (_, _, _) -> Future.failedFuture(new IllegalStateException("the disk is gone")));
    Future<Reply> reply = call(500);
    exchange();
    assertThat(rejection(reply)).isEqualTo(new Rejection.OutcomeUnknown());
  }

  @Test
  void kindThatTheOtherNodeDoesNotKnowIsNotStarted() {
    Future<Reply> known = call(500);
    Future<Reply> unset = a.call(B, Call.newBuilder(), loop.inMillis(500));
    exchange();
    assertThat(rejection(known)).isEqualTo(new Rejection.NoLeader());
    assertThat(rejection(unset)).isEqualTo(new Rejection.NoLeader());
  }

  @Test
  void moreCallsThanMayBeServedAreRefused() {
    List<Promise<Reply.Builder>> open = new ArrayList<>();
    b.onCall(
        Call.BodyCase.READ_INDEX,
        (_, _, _) -> {
          open.add(Promise.promise());
          return open.getLast().future();
        });
    Future<Reply> first = call(500);
    call(500);
    Future<Reply> third = call(500);
    exchange();
    assertThat(rejection(third)).isEqualTo(new Rejection.TooManyRequests());
    open.getFirst().complete(Reply.newBuilder().setDone(Done.getDefaultInstance()));
    exchange();
    assertThat(first.result().hasDone()).isTrue();
    Future<Reply> fourth = call(500);
    exchange();
    assertThat(fourth.isComplete()).as("a place is free again").isFalse();
  }

  @Test
  void replyThatNoNodeTakesLeavesTheOutcomeUnknown() {
    var large = Reply.newBuilder().setResponse(ByteString.copyFrom(new byte[2_000]));
    b.onCall(Call.BodyCase.READ_INDEX, (_, _, _) -> Future.succeededFuture(large));
    Future<Reply> reply = call(500);
    exchange();
    assertThat(rejection(reply)).isEqualTo(new Rejection.OutcomeUnknown());
  }

  /// The way back may be connected a moment later than the way there.
  @Test
  void replyWaitsForTheConnectionBack() {
    bLinks.down(A);
    b.onCall(
        Call.BodyCase.READ_INDEX,
        (_, _, _) -> Future.succeededFuture(Reply.newBuilder().setIndex(42)));
    Future<Reply> reply = call(500);
    exchange();
    assertThat(reply.isComplete()).isFalse();
    bLinks.up(A);
    exchange();
    assertThat(reply.result().getIndex()).isEqualTo(42);
  }

  @Test
  void replyOfAnotherNodeIsNoAnswer() {
    Future<Reply> reply = call(500);
    loop.settle();
    long id = aLinks.frames().getFirst().getCalls(0).getId();
    var answer = Frame.newBuilder().addReplies(Reply.newBuilder().setId(id).setIndex(42)).build();
    aLinks.listener.onFrame(new NodeId(3), Lane.MESSAGES, answer);
    assertThat(reply.isComplete()).isFalse();
    aLinks.listener.onFrame(B, Lane.MESSAGES, answer);
    aLinks.listener.onFrame(B, Lane.MESSAGES, answer);
    assertThat(reply.result().getIndex()).isEqualTo(42);
  }

  // ------------------------------------------------------------------- what may go wrong

  @Test
  void callWithoutConnectionIsNotSent() {
    aLinks.down(B);
    assertThat(rejection(call(500))).isEqualTo(new Rejection.NoLeader());
  }

  @Test
  void brokenConnectionLeavesTheOutcomeOfWhatLeftUnknown() {
    Future<Reply> left = call(500);
    loop.settle();
    aLinks.busy.add(B);
    Future<Reply> waits = call(500);
    loop.settle();
    aLinks.down(B);
    assertThat(rejection(left)).isEqualTo(new Rejection.OutcomeUnknown());
    assertThat(rejection(waits)).isEqualTo(new Rejection.NoLeader());
  }

  @Test
  void connectionThatTakesNoFrameTakesNoCall() {
    aLinks.full.add(B);
    Future<Reply> reply = call(500);
    loop.settle();
    assertThat(rejection(reply)).isEqualTo(new Rejection.NoLeader());
  }

  @Test
  void deadlineEndsWhatLeftAsUnknownAndWhatDidNotAsTimedOut() {
    Future<Reply> later = call(900);
    Future<Reply> left = call(500);
    loop.settle();
    aLinks.busy.add(B);
    Future<Reply> waits = call(400);
    loop.settle();
    loop.advanceMillis(399);
    assertThat(waits.isComplete()).isFalse();
    loop.advanceMillis(1);
    assertThat(rejection(waits)).isEqualTo(new Rejection.TimedOut());
    assertThat(left.isComplete()).isFalse();
    loop.advanceMillis(100);
    assertThat(rejection(left)).isEqualTo(new Rejection.OutcomeUnknown());
    assertThat(later.isComplete()).isFalse();
    loop.advanceMillis(400);
    assertThat(rejection(later)).isEqualTo(new Rejection.OutcomeUnknown());
    aLinks.roomAgain(B);
    assertThat(aLinks.frames()).as("what timed out is not sent").hasSize(1);
  }

  @Test
  void deadlineThatHasPassedSendsNothing() {
    assertThat(rejection(call(0))).isEqualTo(new Rejection.TimedOut());
    loop.settle();
    assertThat(aLinks.sent).isEmpty();
  }

  @Test
  void moreCallsThanMayBeInFlightAreNotSent() {
    List<Future<Reply>> replies = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      replies.add(call(500));
    }
    assertThat(rejection(replies.getLast())).isEqualTo(new Rejection.TooManyRequests());
    loop.settle();
    loop.advanceMillis(500);
    assertThat(call(500).isComplete()).as("those that ended make room").isFalse();
  }

  @Test
  void callThatDoesNotFitTheQueueIsNotSent() {
    aLinks.busy.add(B);
    List<Rejection> refused = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      a.call(B, Call.newBuilder().setPropose(command(1_500)), loop.inMillis(500))
          .onFailure(failure -> refused.add(((RejectedException) failure).rejection()));
    }
    assertThat(refused)
        .containsExactly(new Rejection.TooManyRequests(), new Rejection.TooManyRequests());
  }

  @Test
  void callThatNoNodeTakesIsNotSent() {
    Future<Reply> reply =
        a.call(B, Call.newBuilder().setPropose(command(2_000)), loop.inMillis(500));
    assertThat(rejection(reply)).isEqualTo(new Rejection.RequestTooLarge());
    loop.settle();
    assertThat(aLinks.sent).isEmpty();
  }

  private static io.flotilla.proto.command.Command.Builder command(int bytes) {
    var put = io.flotilla.proto.etcd.PutRequest.newBuilder();
    put.setKey(ByteString.copyFromUtf8("k")).setValue(ByteString.copyFrom(new byte[bytes]));
    return io.flotilla.proto.command.Command.newBuilder().setPut(put);
  }

  @Test
  void closedHubEndsItsCalls() {
    Future<Reply> left = call(500);
    loop.settle();
    aLinks.busy.add(B);
    Future<Reply> waits = call(500);
    a.close();
    assertThat(rejection(left)).isEqualTo(new Rejection.OutcomeUnknown());
    assertThat(rejection(waits)).isEqualTo(new Rejection.Stopped());
    assertThat(rejection(call(500))).isEqualTo(new Rejection.Stopped());
    loop.advanceMillis(1_000);
  }

  @Test
  void callerMayCallAgainFromTheFailure() {
    List<Rejection> ends = new ArrayList<>();
    call(500)
        .recover(_ -> call(500))
        .onFailure(failure -> ends.add(((RejectedException) failure).rejection()));
    loop.settle();
    aLinks.down(B);
    assertThat(ends).containsExactly(new Rejection.NoLeader());
  }
}
