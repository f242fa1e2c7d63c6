package io.flotilla.raft.transport.grpc;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.raft.transport.ReplicaStreams;
import io.flotilla.raft.transport.ReplicaStreams.Kind;
import io.flotilla.raft.transport.ReplicaStreams.Sink;
import io.flotilla.raft.transport.StreamAnswers;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/// Streams between replicas over real sockets.
@Timeout(60)
class ReplicaStreamsTest {
  private final Vertx vertx = Vertx.vertx();
  private LinkNode a;
  private LinkNode b;

  @BeforeEach
  void start() {
    a = LinkNode.start(vertx, 1);
    b = LinkNode.start(vertx, 2);
    a.follow(b);
    b.follow(a);
  }

  @AfterEach
  void close() {
    assertThat(a.escaped).isEmpty();
    assertThat(b.escaped).isEmpty();
    LinkNode.await(vertx.close());
  }

  private static ByteString text(String text) {
    return ByteString.copyFromUtf8(text);
  }

  private static long in(long millis) {
    return System.nanoTime() + millis * 1_000_000;
  }

  private static void serve(LinkNode node, Kind kind, ReplicaStreams.Handler handler) {
    node.run(
        () -> {
          node.streams().serve(kind, handler);
          return true;
        });
  }

  /// Hears what a listener is told, as events of the node that asks.
  private static ReplicaStreams.Listener heardBy(LinkNode node) {
    return new ReplicaStreams.Listener() {
      @Override
      public void onPart(ByteString part) {
        node.hear(part.size() > 100 ? part.size() + " bytes" : part.toStringUtf8());
      }

      @Override
      public void onEnd() {
        node.hear("end");
      }

      @Override
      public void onFailure(Rejection why) {
        node.hear(why.toString());
      }
    };
  }

  private ReplicaStreams.Handle ask(Kind kind, String what) {
    return ask(kind, what, ReplicaStreams.NO_DEADLINE);
  }

  private ReplicaStreams.Handle ask(Kind kind, String what, long deadlineNanos) {
    return a.run(() -> a.streams().open(kind, b.id(), text(what), deadlineNanos, heardBy(a)));
  }

  /// In one turn of the loop.
  private void cancelAtOnce(Kind kind, String what) {
    a.run(
        () -> {
          a.streams()
              .open(kind, b.id(), text(what), ReplicaStreams.NO_DEADLINE, heardBy(a))
              .cancel();
          return true;
        });
  }

  private Future<ByteString> read(String what, long millis) {
    return a.run(() -> a.streams().read(b.id(), text(what), in(millis)));
  }

  // ------------------------------------------------------------------- reads

  @Test
  void readIsAnsweredByTheNodeAsked() {
    serve(
        b,
        Kind.READ,
        (from, request, _, sink) ->
            StreamAnswers.send(
                text(from + " asked " + request.toStringUtf8()), sink, LinkNode.REPLICAS));
    assertThat(LinkNode.await(read("k", 10_000)).toStringUtf8()).isEqualTo("1 asked k");
    assertThat(LinkNode.await(read("l", 10_000)).toStringUtf8()).isEqualTo("1 asked l");
  }

  @Test
  void largeAnswerArrivesWholeAndATooLargeOneFails() {
    var bytes = new byte[19_999_999];
    new Random(7).nextBytes(bytes);
    var large = ByteString.copyFrom(bytes);
    serve(
        b,
        Kind.READ,
        (_, request, _, sink) ->
            StreamAnswers.send(
                request.isEmpty() ? large : large.concat(text("too much")),
                sink,
                LinkNode.REPLICAS));
    assertThat(LinkNode.await(read("", 20_000))).isEqualTo(large);
    assertThatThrownBy(() -> LinkNode.await(read("more", 20_000)))
        .hasStackTraceContaining("RequestTooLarge");
  }

  @Test
  void emptyAnswerIsAnAnswer() {
    serve(b, Kind.READ, (_, _, _, sink) -> sink.end());
    assertThat(LinkNode.await(read("k", 10_000))).isEqualTo(ByteString.EMPTY);
  }

  @Test
  void refusalTravels() {
    serve(b, Kind.READ, (_, _, _, sink) -> sink.refuse(new Rejection.Compacted(77)));
    ask(Kind.READ, "k");
    a.await(new Rejection.Compacted(77).toString());
  }

  @Test
  void whatNobodyAnswersIsRefused() {
    ask(Kind.FOLLOW, "k");
    a.await(new Rejection.NoLeader().toString());
  }

  @Test
  void nodeThatIsNotKnownIsNotReached() {
    a.run(
        () ->
            a.streams()
                .open(Kind.READ, new NodeId(9), text("k"), ReplicaStreams.NO_DEADLINE, heardBy(a)));
    a.await(new Rejection.NoLeader().toString());
  }

  @Test
  void nodeThatIsDownIsNotReached() {
    b.shutDown();
    ask(Kind.READ, "k");
    a.await(new Rejection.NoLeader().toString());
  }

  @Test
  void askerLearnsOfTheDeadlineAndTheAnswererThatItHasGone() {
    serve(
        b,
        Kind.READ,
        (_, _, deadlineNanos, sink) -> {
          assertThat(deadlineNanos - System.nanoTime()).isBetween(0L, 301_000_000L);
          b.hear("asked");
          sink.onGone(() -> b.hear("gone"));
        });
    ask(Kind.READ, "k", in(300));
    b.await("asked");
    a.await(new Rejection.TimedOut().toString());
    b.await("gone");
  }

  @Test
  void noMoreIsAskedAtOnceThanAgreed() {
    serve(b, Kind.READ, (_, _, _, _) -> b.hear("asked"));
    for (int i = 0; i < LinkNode.REPLICAS.asked(); i++) {
      ask(Kind.READ, "k");
      b.await("asked");
    }
    cancelAtOnce(Kind.READ, "k");
    assertThat(a.events).doesNotContain(new Rejection.TooManyRequests().toString());
    ask(Kind.READ, "k");
    a.await(new Rejection.TooManyRequests().toString());
    ask(Kind.FOLLOW, "of another kind");
    a.await(new Rejection.NoLeader().toString());
  }

  // ------------------------------------------------------------------- feeds

  @Test
  void partsOfAFeedStayWholeAndInOrder() {
    serve(
        b,
        Kind.FOLLOW,
        (_, _, _, sink) -> {
          for (int size = 0; size < 10; size++) {
            sink.send(ByteString.copyFrom(new byte[101 + size * 60_000]));
            sink.send(text("after " + size));
          }
          sink.end();
        });
    a.awaitUp(b);
    ask(Kind.FOLLOW, "k");
    for (int size = 0; size < 10; size++) {
      assertThat(a.next()).isEqualTo(101 + size * 60_000 + " bytes");
      assertThat(a.next()).isEqualTo("after " + size);
    }
    assertThat(a.next()).isEqualTo("end");
  }

  @Test
  void moreThanMayWaitEndsTheFeed() {
    serve(
        b,
        Kind.FOLLOW,
        (_, _, _, sink) -> {
          while (sink.send(ByteString.copyFrom(new byte[1_000_000]))) {
            b.hear("sent");
          }
        });
    ask(Kind.FOLLOW, "k");
    a.await(new Rejection.TooManyRequests().toString());
    assertThat(b.events.stream().filter("sent"::equals)).hasSizeBetween(3, 4);
  }

  @Test
  void slowFollowerHoldsTheSenderBack() {
    var sent = new AtomicInteger();
    serve(
        b,
        Kind.FOLLOW,
        (_, _, _, sink) -> {
          Runnable fill =
              () -> {
                while (sent.get() < 300 && sink.isWritable()) {
                  sink.send(ByteString.copyFrom(new byte[100_000]));
                  sent.incrementAndGet();
                }
                b.hear(sent.get() < 300 ? "full" : "all");
              };
          sink.onWritable(fill);
          fill.run();
        });
    var handle = a.run(() -> paused(a.streams()));
    b.await("full");
    int stuck = settled(sent);
    assertThat(stuck).isLessThan(30);
    a.run(
        () -> {
          handle.resume();
          return true;
        });
    b.await("all");
    for (int i = 0; i < 300; i++) {
      a.await("100000 bytes");
    }
  }

  private ReplicaStreams.Handle paused(ReplicaStreams streams) {
    var handle =
        streams.open(Kind.FOLLOW, b.id(), text("k"), ReplicaStreams.NO_DEADLINE, heardBy(a));
    handle.pause();
    return handle;
  }

  /// The number when two pings of a node have come back without a change.
  private int settled(AtomicInteger number) {
    int before;
    do {
      before = number.get();
      for (int i = 0; i < 20; i++) {
        a.run(() -> true);
        b.run(() -> true);
      }
    } while (number.get() != before);
    return before;
  }

  @Test
  void senderOfAFeedHearsThatTheFollowerLeft() {
    var sinks = new ArrayList<Sink>();
    serve(
        b,
        Kind.FOLLOW,
        (_, _, _, sink) -> {
          sinks.add(sink);
          sink.onGone(() -> b.hear("gone"));
          sink.send(text("first"));
        });
    var handle = ask(Kind.FOLLOW, "k");
    a.await("first");
    a.run(
        () -> {
          handle.cancel();
          return true;
        });
    b.await("gone");
    assertThat(b.run(() -> sinks.getFirst().send(text("nobody hears")))).isTrue();
    assertThat(b.run(() -> sinks.getFirst().isWritable())).isFalse();
  }

  @Test
  void followerHearsThatTheNodeIsGone() {
    serve(b, Kind.FOLLOW, (_, _, _, sink) -> sink.send(text("first")));
    ask(Kind.FOLLOW, "k");
    a.await("first");
    b.shutDown();
    a.await(new Rejection.NoLeader().toString());
  }

  @Test
  void silentNodeIsNoticed() {
    serve(b, Kind.FOLLOW, (_, _, _, sink) -> sink.send(text("first")));
    var hasty = new LinkSettings.Timing(20, 100, 5_000, 5, 50);
    LinkNode c = LinkNode.start(vertx, LinkNode.settings(3, hasty, null));
    var relay = new Relay(vertx, b.port());
    c.follow(Map.of(b.id(), List.of(relay.url())));
    c.run(
        () ->
            c.streams()
                .open(Kind.FOLLOW, b.id(), text("k"), ReplicaStreams.NO_DEADLINE, heardBy(c)));
    c.await("first");
    relay.freeze();
    c.await(new Rejection.NoLeader().toString());
  }

  @Test
  void idleFeedStaysUpAndAnIdleConnectionIsLetGo() {
    var sinks = new ArrayList<Sink>();
    serve(
        b,
        Kind.FOLLOW,
        (_, _, _, sink) -> {
          sinks.add(sink);
          sink.send(text("first"));
        });
    serve(b, Kind.READ, (_, _, _, sink) -> sink.end());
    ask(Kind.FOLLOW, "k");
    a.await("first");
    LinkNode.await(read("k", 10_000));
    a.run(() -> vertx.setTimer(3L * LinkNode.REPLICAS.idleMillis(), _ -> a.hear("later")));
    a.await("later");
    LinkNode.await(read("again", 10_000));
    b.run(() -> sinks.getFirst().send(text("second")));
    a.await("second");
  }

  // ------------------------------------------------------------------- who may ask

  @Test
  void nodeOfAnotherClusterIsTurnedAway() {
    serve(b, Kind.READ, (_, _, _, sink) -> sink.end());
    var foreign = new LinkSettings(0xbad, new NodeId(4), LinkNode.TIMING, LinkNode.BOUNDS, null);
    LinkNode c = LinkNode.start(vertx, foreign);
    c.follow(b);
    c.run(
        () ->
            c.streams().open(Kind.READ, b.id(), text("k"), ReplicaStreams.NO_DEADLINE, heardBy(c)));
    c.await(new Rejection.NoLeader().toString());
  }

  @Test
  void otherNodeThanTheOneCalledIsRefused() {
    serve(b, Kind.READ, (_, _, _, sink) -> sink.end());
    a.follow(Map.of(new NodeId(5), List.of(b.url())));
    a.run(
        () ->
            a.streams()
                .open(Kind.READ, new NodeId(5), text("k"), ReplicaStreams.NO_DEADLINE, heardBy(a)));
    a.await(new Rejection.NoLeader().toString());
  }

  @Test
  void nodeThatIsRemovedIsTurnedAway() {
    serve(
        b,
        Kind.FOLLOW,
        (_, _, _, sink) -> {
          sink.onGone(() -> b.hear("gone"));
          sink.send(text("first"));
        });
    ask(Kind.FOLLOW, "k");
    a.await("first");
    b.removed.add(a.id());
    b.follow();
    a.await(new Rejection.NoLeader().toString());
    b.await("gone");
    ask(Kind.FOLLOW, "k");
    a.await(new Rejection.NoLeader().toString());
  }

  @Test
  void endOfTheNodeEndsItsQuestions() {
    serve(b, Kind.READ, (_, _, _, sink) -> b.hear("asked"));
    ask(Kind.READ, "k");
    b.await("asked");
    a.shutDown();
    a.await(new Rejection.Stopped().toString());
  }
}
