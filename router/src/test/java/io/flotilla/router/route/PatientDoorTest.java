package io.flotilla.router.route;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.NodeId;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.client.GroupDoor;
import io.flotilla.placement.service.RootQuery;
import io.flotilla.proto.command.Command;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.raft.host.ReadMode;
import io.flotilla.raft.shard.CommandResult;
import io.flotilla.raft.shard.Query;
import io.vertx.core.Future;
import java.util.ArrayDeque;
import java.util.Deque;
import org.junit.jupiter.api.Test;

class PatientDoorTest {
  private static final long SECOND = 1_000_000_000;

  private final Deque<Rejection> refusals = new ArrayDeque<>();
  private final Deque<Runnable> scheduled = new ArrayDeque<>();
  private long now;
  private int proposals;
  private boolean refuseInResult;

  private final GroupDoor door =
      new PatientDoor(new Group(), clock(), scheduler(), new Rejection.TimedOut());

  private Clock clock() {
    return new Clock() {
      @Override
      public long nanoTime() {
        return now;
      }

      @Override
      public long wallMillis() {
        return 0;
      }
    };
  }

  private Scheduler scheduler() {
    return new Scheduler() {
      @Override
      public void execute(Runnable task) {
        scheduled.add(task);
      }

      @Override
      public Cancellable after(long delayMillis, Runnable task) {
        scheduled.add(
            () -> {
              now += delayMillis * 1_000_000;
              task.run();
            });
        return () -> {};
      }
    };
  }

  private final class Group implements GroupDoor {
    @Override
    public Future<CommandResult> propose(Command command, long deadlineNanos) {
      proposals++;
      Rejection why = refusals.poll();
      if (why == null) {
        return Future.succeededFuture(new CommandResult.Done(PutResponse.newBuilder(), 2));
      }
      return refuseInResult
          ? Future.succeededFuture(new CommandResult.Rejected(why))
          : Future.failedFuture(why.asException());
    }

    @Override
    public <T> Future<T> read(ReadMode mode, Query<T> query, long deadlineNanos) {
      return Future.failedFuture(new Rejection.NoLeader().asException());
    }
  }

  private void run() {
    while (!scheduled.isEmpty()) {
      scheduled.poll().run();
    }
  }

  @Test
  void writesWaitForALeader() {
    for (boolean inResult : new boolean[] {false, true}) {
      refuseInResult = inResult;
      proposals = 0;
      refusals.add(new Rejection.NoLeader());
      refusals.add(new Rejection.NotLeader(NodeId.NONE));
      var result = door.propose(Command.getDefaultInstance(), now + SECOND);
      assertThat(result.isComplete()).isFalse();
      run();
      assertThat(result.result()).isInstanceOf(CommandResult.Done.class);
      assertThat(proposals).isEqualTo(3);
    }
  }

  @Test
  void whatMayHaveHappenedIsNeverAskedAgain() {
    refusals.add(new Rejection.OutcomeUnknown());
    var result = door.propose(Command.getDefaultInstance(), SECOND);
    assertThat(((RejectedException) result.cause()).rejection())
        .isEqualTo(new Rejection.OutcomeUnknown());
    assertThat(proposals).isEqualTo(1);
    assertThat(scheduled).isEmpty();
  }

  @Test
  void patienceEndsWithTheDeadline() {
    var result = door.read(ReadMode.LINEARIZABLE, new RootQuery.GetMap(), SECOND);
    run();
    assertThat(((RejectedException) result.cause()).rejection())
        .isEqualTo(new Rejection.TimedOut());
    assertThat(now).isBetween(SECOND, SECOND + SECOND / 10);
  }

  @Test
  void whatIsSaidWhenTimeIsUpCanBeChosen() {
    var lessor = new PatientDoor(new Group(), clock(), scheduler(), new Rejection.NoLeader());
    var result = lessor.read(ReadMode.LINEARIZABLE, new RootQuery.GetMap(), SECOND);
    run();
    assertThat(((RejectedException) result.cause()).rejection())
        .isEqualTo(new Rejection.NoLeader());
  }
}
