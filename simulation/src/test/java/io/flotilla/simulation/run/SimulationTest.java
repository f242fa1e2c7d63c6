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
    for (long seed = 1; seed <= 3; seed++) {
      Report first = Simulation.run(seed, Bent.STRAIGHT, SHORT_STORM_NANOS);
      Simulation.run(seed + 100, Bent.STRAIGHT, SHORT_STORM_NANOS);
      Report again = Simulation.run(seed, Bent.STRAIGHT, SHORT_STORM_NANOS);
      assertThat(again.hash()).isEqualTo(first.hash());
      assertThat(again.events()).isEqualTo(first.events());
      assertThat(again.faults()).isEqualTo(first.faults());
    }
  }

  @Test
  void anotherSeedMakesAnotherRun() {
    Report one = Simulation.run(1, Bent.STRAIGHT, SHORT_STORM_NANOS);
    Report other = Simulation.run(2, Bent.STRAIGHT, SHORT_STORM_NANOS);
    assertThat(other.hash()).isNotEqualTo(one.hash());
  }
}
