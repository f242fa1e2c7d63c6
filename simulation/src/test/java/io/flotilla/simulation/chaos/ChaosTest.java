package io.flotilla.simulation.chaos;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.simulation.history.Verdict;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/// A short run of what `flotilla-chaos` does for hours, and the proof that it finds something.
class ChaosTest {
  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  Path directory;

  private ChaosReport run(
      List<String> command, Duration length, Duration settle, Set<Fault> faults) {
    return run(command, length, settle, faults, "", 0);
  }

  private ChaosReport run(
      List<String> command,
      Duration length,
      Duration settle,
      Set<Fault> faults,
      String shards,
      long reshardMillis) {
    long seed = Long.getLong("seed", 20);
    var options =
        new ChaosOptions(
            length,
            settle,
            seed,
            3,
            shards,
            reshardMillis,
            6,
            15,
            command,
            directory.resolve("run"),
            faults,
            false);
    return new ChaosRun(options, _ -> {}).run();
  }

  @Test
  void aClusterUnderFaultsKeepsItsPromises() {
    var faults = EnumSet.of(Fault.KILL_LEADER, Fault.PAUSE, Fault.ISOLATE_LEADER, Fault.RESET);
    ChaosReport report = run(List.of(), Duration.ofSeconds(15), Duration.ofSeconds(60), faults);
    assertThat(report.isCorrect()).as("-Dseed= repeats the faults; %s", report).isTrue();
    assertThat(report.faults()).as("faults happened").isNotEmpty();
    assertThat(report.answered()).as("there was load").isGreaterThan(100);
    assertThat(report.revision()).isGreaterThan(50);
  }

  @Test
  void aClusterOfManyGroupsKeepsItsPromises() {
    var faults = EnumSet.of(Fault.KILL_LEADER, Fault.KILL, Fault.ISOLATE, Fault.PAUSE_LEADER);
    ChaosReport report =
        run(
            List.of(),
            Duration.ofSeconds(15),
            Duration.ofSeconds(60),
            faults,
            "p/left/3,r/,r/d,s/1,s/5",
            0);
    assertThat(report.isCorrect()).as("-Dseed= repeats the faults; %s", report).isTrue();
    assertThat(report.faults()).as("faults happened").isNotEmpty();
    assertThat(report.answered()).as("there was load").isGreaterThan(100);
  }

  @Test
  void keysThatMoveBetweenGroupsKeepTheirPromises() {
    var faults = EnumSet.of(Fault.KILL_LEADER, Fault.KILL, Fault.ISOLATE_LEADER, Fault.PAUSE);
    ChaosReport report =
        run(List.of(), Duration.ofSeconds(20), Duration.ofSeconds(60), faults, "", 300);
    assertThat(report.isCorrect()).as("-Dseed= repeats the faults; %s", report).isTrue();
    assertThat(report.faults()).as("keys moved").containsKey("SPLIT");
    assertThat(report.answered()).as("there was load").isGreaterThan(100);
  }

  @Test
  void nodesThatDoNotFormOneClusterAreFound() {
    var command = new ArrayList<>(OwnServer.command());
    command.set(command.size() - 2, LonelyServer.class.getName());
    ChaosReport report =
        run(command, Duration.ofSeconds(1), Duration.ofSeconds(5), EnumSet.of(Fault.NONE));
    assertThat(report.isCorrect()).isFalse();
    assertThat(report.problem()).contains("all nodes at one revision");
    assertThat(report.verdict()).isInstanceOf(Verdict.Violated.class);
    assertThat(report.directory()).isNotNull();
  }
}
