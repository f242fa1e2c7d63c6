package io.flotilla.contract.crash;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.contract.Servers;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// A few rounds in each build; longer runs use the program. `-Dseed=` repeats the choices.
class KillLoopTest {
  private static final List<String> BORDERS =
      List.of(
          "kill/c0/e", "kill/c0/i", "kill/c1/f", "kill/c2/c", "kill/c3/g", "kill/c3/h", "kill/c4");

  @Test
  void nothingAcknowledgedIsLostInThreeDeaths(@TempDir Path directory) {
    nothingAcknowledgedIsLost(Servers.command(), directory);
  }

  /// Each of the first writers has keys of several groups.
  @Test
  void nothingAcknowledgedIsLostWithManyGroups(@TempDir Path directory) {
    List<String> command = new ArrayList<>(Servers.command());
    command.add("--initial-shards=" + String.join(",", BORDERS));
    nothingAcknowledgedIsLost(command, directory);
  }

  private static void nothingAcknowledgedIsLost(List<String> command, Path directory) {
    Assumptions.assumeTrue(
        Servers.property("contract.endpoint").isEmpty(),
        "needs a server of its own; contract.endpoint names a shared one");
    long seed =
        Servers.property("seed").map(Long::valueOf).orElseGet(() -> (long) new Random().nextInt());
    var plan = new KillLoop.Plan(command, directory, 3, seed, 6, 800, List.of());
    var summary = new KillLoop(plan, System.out).run();
    assertThat(summary.acknowledged()).isGreaterThan(20);
    assertThat(summary.doubts()).isPositive();
    assertThat(summary.revision()).isEqualTo(summary.acknowledged() + 1);
  }
}
