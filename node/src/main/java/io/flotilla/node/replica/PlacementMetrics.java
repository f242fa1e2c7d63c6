package io.flotilla.node.replica;

import io.flotilla.placement.order.Placements;
import io.flotilla.placement.service.RootFacts;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.function.IntSupplier;
import java.util.function.Supplier;

/// Which replicas a node has, and which groups are on their way. Any thread.
final class PlacementMetrics {
  private final Counter left;

  /// @param open how many replicas of shard groups run here
  PlacementMetrics(MeterRegistry meters, IntSupplier open, Supplier<RootFacts> facts) {
    Gauge.builder("flotilla.shard.replicas", open, IntSupplier::getAsInt)
        .description("Replicas of shard groups that run on this node")
        .register(meters);
    Gauge.builder("flotilla.shard.moving", facts, PlacementMetrics::moving)
        .description("Shard groups whose members are not known yet to be those that shall be")
        .register(meters);
    left =
        Counter.builder("flotilla.shard.left")
            .description("Replicas that this node removed because their groups went elsewhere")
            .register(meters);
  }

  private static long moving(Supplier<RootFacts> facts) {
    return facts.get().groups().stream().filter(Placements::isMoving).count();
  }

  void left() {
    left.increment();
  }
}
