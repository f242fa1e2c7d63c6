package io.flotilla.router.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.port.Scheduler;
import io.flotilla.placement.auth.AuthFault;
import io.flotilla.router.route.CallerLoop;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/// A change is answered when nobody goes by what was before.
class ChangesTest {
  private final ManualClock clock = new ManualClock();
  private final FakeRoot root = new FakeRoot();
  private final List<Long> delays = new ArrayList<>();
  private final List<Runnable> tasks = new ArrayList<>();
  private final Changes changes = new Changes(root, CallerLoop.of(loop()), clock);

  private Scheduler loop() {
    return new Scheduler() {
      @Override
      public void execute(Runnable task) {
        task.run();
      }

      @Override
      public Cancellable after(long delayMillis, Runnable task) {
        delays.add(delayMillis);
        tasks.add(task);
        return () -> {};
      }
    };
  }

  @Test
  void aNodeThatIsAloneAnswersAtOnce() {
    root.alone = true;
    assertThat(changes.settle(0).succeeded()).isTrue();
  }

  @Test
  void aRefusedChangeWaitsForNobody() {
    var settled = changes.settle(AuthFault.USER_EXISTS.number());
    assertThat(settled.cause()).hasMessage("etcdserver: user name already exists");
  }

  @Test
  void itIsAnsweredWhenAllMembersHaveIt() {
    var settled = changes.settle(0);
    assertThat(settled.isComplete()).isFalse();
    clock.pass(3);
    root.members.complete(true);
    assertThat(settled.succeeded()).isTrue();
    assertThat(delays).isEmpty();
  }

  /// Freshness holds for a second; clocks run at different speeds.
  @Test
  void whoDoesNotSayThatItHasItIsWaitedOutForLongerThanItMayGoByTheOldState() {
    var settled = changes.settle(0);
    clock.pass(100);
    root.members.complete(false);
    assertThat(settled.isComplete()).isFalse();
    assertThat(delays).containsExactly(1001L);
    assertThat(100 + delays.getFirst()).isGreaterThan(Freshness.VALID_NANOS / 1_000_000);
    tasks.getFirst().run();
    assertThat(settled.succeeded()).isTrue();
  }
}
