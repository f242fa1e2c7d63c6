package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.peer.Call;
import io.flotilla.proto.peer.Reply;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LeaderGuessTest {
  private static final GroupId ONE = new GroupId(1);

  private final SimLoop loop = new SimLoop();
  private final FakeSites sites = new FakeSites();
  private final List<Promise<Reply>> calls = new ArrayList<>();
  private final LeaderGuess guess = new LeaderGuess(ONE, sites, this::call, loop, loop);

  private Future<Reply> call(NodeId to, Call.Builder call, long deadlineNanos) {
    Promise<Reply> reply = Promise.promise();
    calls.add(reply);
    return reply.future();
  }

  @BeforeEach
  void place() {
    sites.sites.put(ONE, new FakeSites.Site(false, false, FakeSites.nodes(2, 3, 4)));
  }

  private void refused(Rejection why) {
    guess.call(guess.node(), Call.newBuilder(), loop.nanoTime());
    calls.removeLast().fail(why.asException());
  }

  private long node() {
    return guess.node().value();
  }

  @Test
  void firstHolderIsTheFirstGuess() {
    assertThat(node()).isEqualTo(2);
    sites.sites.put(ONE, new FakeSites.Site(false, false, FakeSites.nodes(3, 4)));
    assertThat(node()).as("who holds nothing does not lead").isEqualTo(3);
    sites.sites.clear();
    assertThat(guess.node()).isEqualTo(NodeId.NONE);
  }

  @Test
  void hintIsTakenAtOnce() {
    refused(new Rejection.NotLeader(new NodeId(4)));
    assertThat(node()).isEqualTo(4);
    refused(new Rejection.NotLeader(new NodeId(9)));
    assertThat(node()).as("who holds nothing does not lead").isEqualTo(4);
  }

  @Test
  void withoutAHintTheNextOneIsGuessedAfterAPause() {
    assertThat(node()).isEqualTo(2);
    refused(new Rejection.NoLeader());
    assertThat(node()).isEqualTo(2);
    loop.advance(LeaderGuess.PAUSE_NANOS / 1_000_000);
    refused(new Rejection.NoLeader());
    assertThat(node()).isEqualTo(3);
  }

  @Test
  void whoIsSilentIsNotGuessedAnyMore() {
    guess.call(guess.node(), Call.newBuilder(), loop.nanoTime());
    loop.advance(LeaderGuess.SILENCE_MILLIS);
    assertThat(node()).isEqualTo(3);
    calls.removeLast().complete(Reply.getDefaultInstance());
    assertThat(node()).isEqualTo(3);
  }

  @Test
  void groupCountsAsLedUntilEveryHolderDeniedIt() {
    assertThat(guess.isLed()).isTrue();
    for (int i = 0; i < 3; i++) {
      assertThat(guess.isLed()).isTrue();
      loop.advance(LeaderGuess.PAUSE_NANOS / 1_000_000);
      refused(new Rejection.NotLeader(NodeId.NONE));
    }
    assertThat(guess.isLed()).isFalse();
  }

  @Test
  void groupThatNobodyLedIsAskedAgainByItself() {
    groupCountsAsLedUntilEveryHolderDeniedIt();
    loop.settle();
    assertThat(calls).hasSize(1);
    guess.isLed();
    loop.settle();
    assertThat(calls).as("one question at a time").hasSize(1);
    calls.removeLast().complete(Reply.newBuilder().setIndex(7).build());
    assertThat(guess.isLed()).isTrue();
  }

  @Test
  void refusalsOfTheLeaderItselfShowThatItLeads() {
    groupCountsAsLedUntilEveryHolderDeniedIt();
    refused(new Rejection.Held());
    assertThat(guess.isLed()).isTrue();
  }
}
