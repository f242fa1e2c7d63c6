package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.raft.transport.ReplicaStreams;
import io.vertx.core.Future;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ElsewhereTest {
  private static final GroupId ONE = new GroupId(1);
  private static final ByteString QUESTION = ByteString.copyFromUtf8("?");
  private static final ByteString ANSWER = ByteString.copyFromUtf8("answer");

  private final SimLoop loop = new SimLoop();
  private final FakeSites sites = new FakeSites();
  private final Nodes nodes = new Nodes();
  private final Elsewhere elsewhere =
      new Elsewhere(new Elsewhere.Ports(sites, nodes, 100, loop, loop));

  /// Streams that a test answers by hand.
  private static final class Nodes implements ReplicaStreams {
    final List<Asked> asked = new ArrayList<>();

    @Override
    public Handle open(
        Kind kind, NodeId node, ByteString request, long deadlineNanos, Listener listener) {
      assertThat(kind).isEqualTo(Kind.READ);
      assertThat(request).isEqualTo(QUESTION);
      var stream = new Asked(node, listener);
      asked.add(stream);
      return stream;
    }

    @Override
    public Future<ByteString> read(NodeId node, ByteString request, long deadlineNanos) {
      throw new AssertionError("answers are taken in parts");
    }

    @Override
    public void serve(Kind kind, Handler handler) {}
  }

  private static final class Asked implements ReplicaStreams.Handle {
    final NodeId node;
    final ReplicaStreams.Listener listener;
    boolean cancelled;

    Asked(NodeId node, ReplicaStreams.Listener listener) {
      this.node = node;
      this.listener = listener;
    }

    void answer() {
      listener.onPart(ANSWER);
      listener.onEnd();
    }

    @Override
    public void pause() {}

    @Override
    public void resume() {}

    @Override
    public void cancel() {
      cancelled = true;
    }
  }

  @BeforeEach
  void place() {
    sites.sites.put(ONE, new FakeSites.Site(false, false, FakeSites.nodes(2, 3)));
  }

  private Future<ByteString> ask(long millis) {
    return elsewhere.ask(ONE, QUESTION, loop.nanoTime() + millis * 1_000_000);
  }

  private List<Long> askedNodes() {
    return nodes.asked.stream().map(asked -> asked.node.value()).toList();
  }

  private static Rejection why(Future<?> failed) {
    return ((RejectedException) failed.cause()).rejection();
  }

  @Test
  void firstHolderIsAskedAndItsAnswerCounts() {
    Future<ByteString> answer = ask(1_000);
    assertThat(askedNodes()).containsExactly(2L);
    nodes.asked.getFirst().answer();
    assertThat(answer.result()).isEqualTo(ANSWER);
    loop.advance(5_000);
    assertThat(askedNodes()).containsExactly(2L);
  }

  @Test
  void whoCannotAnswerIsFollowedByTheNextAndLeftOutForAWhile() {
    Future<ByteString> answer = ask(1_000);
    nodes.asked.getFirst().listener.onFailure(new Rejection.NoLeader());
    assertThat(askedNodes()).containsExactly(2L, 3L);
    nodes.asked.getLast().answer();
    assertThat(answer.succeeded()).isTrue();
    ask(1_000);
    assertThat(askedNodes()).containsExactly(2L, 3L, 3L);
    loop.advance(Shunned.NANOS / 1_000_000 + 10);
    ask(1_000);
    assertThat(nodes.asked.getLast().node).isEqualTo(new NodeId(2));
  }

  @Test
  void whoSaysNothingIsNotWaitedForAlone() {
    Future<ByteString> answer = ask(5_000);
    loop.advance(Elsewhere.PATIENCE_NANOS / 1_000_000 + 20);
    assertThat(askedNodes()).containsExactly(2L, 3L);
    nodes.asked.getFirst().answer();
    assertThat(answer.result()).as("the first answer counts").isEqualTo(ANSWER);
    assertThat(nodes.asked.getLast().cancelled).isTrue();
  }

  @Test
  void answerThatFlowsIsWaitedFor() {
    Future<ByteString> answer = ask(5_000);
    for (int i = 0; i < 4; i++) {
      loop.advance(Elsewhere.PATIENCE_NANOS / 1_000_000 - 20);
      nodes.asked.getFirst().listener.onPart(ANSWER);
    }
    nodes.asked.getFirst().listener.onEnd();
    assertThat(answer.result().size()).isEqualTo(4 * ANSWER.size());
    assertThat(askedNodes()).containsExactly(2L);
  }

  @Test
  void whatTheQueryIsRefusedForIsTheAnswer() {
    Future<ByteString> answer = ask(1_000);
    nodes.asked.getFirst().listener.onFailure(new Rejection.Compacted(7));
    assertThat(why(answer)).isEqualTo(new Rejection.Compacted(7));
    assertThat(askedNodes()).containsExactly(2L);
  }

  @Test
  void allAreAskedAgainUntilTheDeadline() {
    Future<ByteString> answer = ask(200);
    for (int i = 0; i < 40; i++) {
      List.copyOf(nodes.asked).stream()
          .filter(asked -> !asked.cancelled)
          .reduce((_, last) -> last)
          .ifPresent(
              asked -> {
                asked.cancelled = true;
                asked.listener.onFailure(new Rejection.NoLeader());
              });
      loop.advance(10);
    }
    assertThat(why(answer)).isEqualTo(new Rejection.TimedOut());
    assertThat(askedNodes()).hasSizeBetween(6, 12).contains(2L, 3L);
  }

  @Test
  void deadlineCancelsTheQuestion() {
    Future<ByteString> answer = ask(100);
    loop.advance(150);
    assertThat(why(answer)).isEqualTo(new Rejection.TimedOut());
    assertThat(nodes.asked.getFirst().cancelled).isTrue();
    ask(100);
    assertThat(nodes.asked.getLast().node)
        .as("it was not the node's fault")
        .isEqualTo(new NodeId(2));
  }

  @Test
  void answerThatIsTooLargeIsRefused() {
    Future<ByteString> answer = ask(1_000);
    nodes.asked.getFirst().listener.onPart(ByteString.copyFrom(new byte[101]));
    assertThat(why(answer)).isEqualTo(new Rejection.RequestTooLarge());
    assertThat(nodes.asked.getFirst().cancelled).isTrue();
  }

  @Test
  void groupWithoutOtherHoldersHasNobodyToAsk() {
    sites.sites.clear();
    assertThat(why(ask(1_000))).isEqualTo(new Rejection.NoLeader());
  }

  @Test
  void endOfTheNodeEndsQuestions() {
    Future<ByteString> answer = ask(1_000);
    elsewhere.stop();
    assertThat(why(answer)).isEqualTo(new Rejection.Stopped());
    assertThat(why(ask(1_000))).isEqualTo(new Rejection.Stopped());
  }
}
