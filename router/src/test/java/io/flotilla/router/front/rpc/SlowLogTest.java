package io.flotilla.router.front.rpc;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.Test;

class SlowLogTest {
  private static final long MILLI = 1_000_000;

  private final List<String> lines = new ArrayList<>();
  private final Deque<Runnable> timers = new ArrayDeque<>();
  private final SlowLog slowLog =
      new SlowLog(
          new SlowLog.Lines() {
            @Override
            public void one(SlowLog.Slow call) {
              lines.add(call.method());
            }

            @Override
            public void more(long count) {
              lines.add(count + " more");
            }
          });

  @Test
  void fewSlowCallsAreAllTold() {
    for (int i = 0; i < 20; i++) {
      slow("m" + i, -5_000 + i * 1_000L);
    }
    assertThat(lines).hasSize(20);
    assertThat(timers).isEmpty();
  }

  @Test
  void manySlowCallsInASecondAreFiveLinesAndACount() {
    for (int i = 0; i < 1_000; i++) {
      slow("m", i / 2);
    }
    assertThat(lines).hasSize(SlowLog.LINES_PER_SECOND);
    assertThat(timers).as("one summary is under way").hasSize(1);
    timers.remove().run();
    assertThat(lines.getLast()).isEqualTo("995 more");
  }

  @Test
  void nextSecondHasLinesAndASummaryOfItsOwn() {
    for (int second = 0; second < 3; second++) {
      for (int i = 0; i < 7; i++) {
        slow("s" + second, second * 1_000L + i);
      }
      timers.remove().run();
    }
    assertThat(timers).isEmpty();
    assertThat(lines).filteredOn("2 more"::equals).hasSize(3);
    assertThat(lines).filteredOn("s2"::equals).hasSize(5);
    assertThat(lines).hasSize(18);
  }

  private void slow(String method, long atMillis) {
    slowLog.tell(new SlowLog.Slow(method, 200, 1, 1), atMillis * MILLI, timers::add);
  }
}
