package io.flotilla.loadtest.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.loadtest.client.Endpoint;
import io.flotilla.loadtest.cluster.ClusterStatus;
import io.flotilla.loadtest.cluster.MemberStatus;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// What sets an event off.
class CommandTriggerTest {
  private static final Endpoint A = new Endpoint("a", 1);
  private static final Endpoint B = new Endpoint("b", 2);

  private final Trigger.Round round =
      new Trigger.Round(
          4,
          new ClusterStatus(
              List.of(A, B),
              List.of(new MemberStatus(A, 7, 8, false, 5), new MemberStatus(B, 8, 8, false, 6))));

  @TempDir Path directory;

  @Test
  void aCommandKnowsTheLeaderAndAFollower() throws Exception {
    Path out = directory.resolve("out");
    String print =
        "echo $BENCH_ROUND $BENCH_LEADER_INDEX $BENCH_LEADER $BENCH_FOLLOWER_INDEX"
            + " $BENCH_FOLLOWER $BENCH_ENDPOINTS $BENCH_BORDERS > '"
            + out
            + "'";
    new CommandTrigger(print, Optional.empty(), List.of("b", "c")).event(round);
    assertThat(Files.readString(out)).isEqualTo("4 1 b:2 0 a:1 a:1,b:2 b,c\n");
  }

  @Test
  void aCommandThatFailsEndsTheRun() {
    var trigger = new CommandTrigger("true", Optional.of("exit 3"), List.of());
    trigger.event(round);
    assertThatThrownBy(() -> trigger.restore(round)).hasMessage("\"exit 3\" ended with status 3");
  }

  @Test
  void byHandTheEnterKeyGoesOn() {
    var bytes = new ByteArrayOutputStream();
    var trigger =
        new HandTrigger(
            new BufferedReader(new StringReader("\n\n")),
            new PrintStream(bytes, true, StandardCharsets.UTF_8));
    trigger.event(round);
    trigger.restore(round);
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .contains("round 4: a:1 follows at 5, b:2 leads at 6");
    assertThatThrownBy(() -> trigger.event(round)).hasMessageContaining("standard input ended");
  }
}
