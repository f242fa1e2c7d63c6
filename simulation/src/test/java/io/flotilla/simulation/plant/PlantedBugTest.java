package io.flotilla.simulation.plant;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.simulation.run.Report;
import io.flotilla.simulation.run.Simulation;
import io.flotilla.simulation.world.Timeline;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A rule is worth what it finds.
class PlantedBugTest {
  private static final long SEEDS = 40;
  private static final long STORM_NANOS = 15 * Timeline.SECOND;

  @ParameterizedTest
  @EnumSource(Plant.class)
  void rulesCatchIt(Plant plant) {
    long seed = 1;
    Report report = run(plant, seed);
    while (report.isGood() && seed < SEEDS) {
      report = run(plant, ++seed);
    }
    assertThat(report.findings()).as(plant + " is noticed within " + SEEDS + " seeds").isNotEmpty();
    System.out.println(plant + ": seed " + seed + ", " + report.findings().getFirst().rule());
  }

  private static Report run(Plant plant, long seed) {
    return Simulation.run(seed, plant.bent(), STORM_NANOS);
  }
}
