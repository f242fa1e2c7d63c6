package io.flotilla.simulation.plant;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.simulation.run.Moves;
import io.flotilla.simulation.run.Report;
import io.flotilla.simulation.run.Simulation;
import io.flotilla.simulation.world.Bent;
import io.flotilla.simulation.world.Timeline;
import java.util.function.Supplier;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/// A rule is worth what it finds.
class PlantedBugTest {
  private static final long SEEDS = 40;
  private static final long STORM_NANOS = 15 * Timeline.SECOND;
  private static final int SHARDS = 3;

  @ParameterizedTest
  @EnumSource(Plant.class)
  void rulesCatchIt(Plant plant) {
    catchIt(plant.toString(), plant::bent, 0, Moves.NEVER);
  }

  @ParameterizedTest
  @EnumSource(ShardPlant.class)
  void rulesOfManyGroupsCatchIt(ShardPlant plant) {
    catchIt(plant.toString(), plant::bent, SHARDS, Moves.ANY);
  }

  @ParameterizedTest
  @EnumSource(HandoverPlant.class)
  void rulesOfHandoversCatchIt(HandoverPlant plant) {
    catchIt(plant.toString(), plant::bent, plant.shards(), Moves.ALWAYS);
  }

  private static void catchIt(String name, Supplier<Bent> bent, int shards, Moves moves) {
    long seed = 1;
    Report report = run(seed, shards, moves, bent.get());
    while (report.isGood() && seed < SEEDS) {
      report = run(++seed, shards, moves, bent.get());
    }
    assertThat(report.findings()).as(name + " is noticed within " + SEEDS + " seeds").isNotEmpty();
    System.out.println(name + ": seed " + seed + ", " + report.findings().getFirst().rule());
  }

  private static Report run(long seed, int shards, Moves moves, Bent bent) {
    return Simulation.run(new Simulation.Choice(seed, shards, STORM_NANOS, moves), bent);
  }
}
