package io.flotilla.simulation.run;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.simulation.world.Bent;
import io.flotilla.simulation.world.Timeline;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/// Whole clusters under faults. One seed: `-Dseed=17`; more of them: `-Dsimulation.seeds=2000`, or
/// `./flotilla-sim`.
class SimulationTest {
  private static final int THREADS = 2;
  private static final int SHARDS = 2;
  private static final long FIRST_SEED = 1;
  private static final long SHORT_STORM_NANOS = 10 * Timeline.SECOND;

  @Test
  void everyPromiseHoldsUnderEveryFault() throws InterruptedException {
    Long chosen = Long.getLong("seed");
    long first = chosen == null ? FIRST_SEED : chosen;
    long seeds = chosen == null ? Long.getLong("simulation.seeds", 200) : 1;
    var campaign = new Campaign(Simulation::run);
    campaign.carryOut(first, seeds, THREADS, () -> true);
    System.out.println(campaign.summary());
    assertThat(campaign.failures().stream().map(Report::failure).collect(Collectors.joining("\n")))
        .isEmpty();
    assertThat(campaign.seeds()).isEqualTo(seeds);
  }

  /// What a failure prints is worth nothing unless it can be seen again.
  @Test
  void sameSeedMakesTheSameRun() {
    for (long seed = 1; seed <= 4; seed++) {
      int shards = seed % 2 == 0 ? SHARDS : 0;
      Report first = run(seed, shards);
      run(seed + 100, shards);
      Report again = run(seed, shards);
      assertThat(again.hash()).isEqualTo(first.hash());
      assertThat(again.events()).isEqualTo(first.events());
      assertThat(again.faults()).isEqualTo(first.faults());
    }
  }

  /// Clients at every node, replicas at some, which move.
  @Test
  void promisesHoldWhereGroupsAreOnSomeNodes() {
    for (long seed = 1; seed <= 4; seed++) {
      var choice = new Simulation.Choice(seed, SHARDS, SHORT_STORM_NANOS, Moves.ANY, 3);
      Report report = Simulation.run(choice, Bent.STRAIGHT);
      assertThat(report.findings()).as("seed %s", seed).isEmpty();
    }
  }

  private static Report run(long seed, int shards) {
    return Simulation.run(new Simulation.Choice(seed, shards, SHORT_STORM_NANOS), Bent.STRAIGHT);
  }

  @Test
  void anotherSeedMakesAnotherRun() {
    Report one = run(1, 0);
    Report other = run(2, 0);
    assertThat(other.hash()).isNotEqualTo(one.hash());
  }
}
