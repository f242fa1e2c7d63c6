package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Rejection;
import io.flotilla.placement.order.BarrierPoint;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.command.Command;
import io.flotilla.raft.host.Callers;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class BarriersTest {
  private final SimLoop loop = new SimLoop();
  private final List<Promise<BarrierPoint>> asked = new ArrayList<>();
  private final Barriers barriers =
      new Barriers(new Root(), ports(), new AnywhereDoor.Limits(5, 1 << 10));

  private AnywhereDoor.Ports ports() {
    return new AnywhereDoor.Ports(
        (_, _, _) -> Future.failedFuture("nobody is called"),
        loop,
        loop,
        Callers.oneLoop(),
        new Random(1));
  }

  /// Answers when the test says so.
  private final class Root implements GroupDoor {
    @Override
    public Future<CommandResult> propose(Command command, long deadlineNanos) {
      throw new AssertionError("a barrier changes nothing");
    }

    @Override
    @SuppressWarnings("unchecked") // it is asked for barriers only
    public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
      assertThat(mode).isEqualTo(ReadMode.LINEARIZABLE);
      assertThat(query).isEqualTo(new RootQuery.Barrier());
      Promise<BarrierPoint> promise = Promise.promise();
      asked.add(promise);
      return (Future<T>) promise.future();
    }
  }

  private static BarrierPoint point(long revision) {
    return new BarrierPoint(revision, Map.of());
  }

  private long in(long millis) {
    return loop.nanoTime() + millis * 1_000_000;
  }

  /// What was asked before somebody came may be older than what he was told before.
  @Test
  void whoComesWhileOneIsUnderWaySharesTheNext() {
    Future<BarrierPoint> first = barriers.take(in(1_000));
    Future<BarrierPoint> second = barriers.take(in(1_000));
    Future<BarrierPoint> third = barriers.take(in(1_000));
    assertThat(asked).hasSize(1);
    asked.get(0).complete(point(5));
    assertThat(first.result()).isEqualTo(point(5));
    assertThat(second.isComplete()).isFalse();
    assertThat(asked).hasSize(2);
    asked.get(1).complete(point(7));
    assertThat(List.of(second.result(), third.result())).containsOnly(point(7));
    assertThat(asked).hasSize(2);
  }

  @Test
  void everybodyWaitsUntilHisOwnDeadline() {
    Future<BarrierPoint> first = barriers.take(in(30));
    Future<BarrierPoint> second = barriers.take(in(30));
    Future<BarrierPoint> third = barriers.take(in(500));
    loop.advance(50);
    assertThat(TestClient.refusal(first)).isEqualTo(new Rejection.TimedOut());
    assertThat(TestClient.refusal(second)).isEqualTo(new Rejection.TimedOut());
    asked.get(0).fail(new Rejection.TimedOut().asException());
    assertThat(asked).hasSize(2);
    asked.get(1).complete(point(9));
    assertThat(third.result()).isEqualTo(point(9));
    loop.advance(50);
    assertThat(loop.queued()).isZero();
  }

  @Test
  void noMoreWaitThanThereIsRoomFor() {
    for (int i = 0; i < 5; i++) {
      barriers.take(in(1_000));
    }
    assertThat(TestClient.refusal(barriers.take(in(1_000))))
        .isEqualTo(new Rejection.TooManyRequests());
  }

  @Test
  void stoppingEndsAllThatWait() {
    Future<BarrierPoint> first = barriers.take(in(1_000));
    Future<BarrierPoint> second = barriers.take(in(1_000));
    barriers.stop();
    assertThat(TestClient.refusal(first)).isEqualTo(new Rejection.Stopped());
    assertThat(TestClient.refusal(second)).isEqualTo(new Rejection.Stopped());
    assertThat(TestClient.refusal(barriers.take(in(1_000)))).isEqualTo(new Rejection.Stopped());
    asked.get(0).complete(point(5));
    assertThat(asked).hasSize(1);
    loop.advance(50);
    assertThat(loop.queued()).isZero();
  }
}
