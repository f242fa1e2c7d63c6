package io.flotilla.simulation.fault;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.stream.Stream;

/// How often each kind of fault strikes in one run; kinds that are missing do not.
///
/// @param meanMillis mean time between two strikes
public record FaultPlan(Map<Fault, Long> meanMillis) {
  private static final double CHANCE = 0.35;
  private static final double MEAN_MIN_MILLIS = 1_500;
  private static final double MEAN_MAX_MILLIS = 15_000;

  private static final long HANDOVER_MEAN_MILLIS = 2_500;

  private static final long PLACE_MEAN_MILLIS = 3_000;

  private static final List<Fault> HANDOVERS =
      List.of(Fault.SHARD_SPLIT, Fault.SHARD_MERGE, Fault.SHARD_DETACH, Fault.HANDOVER_CANCEL);

  /// Those that any cluster may have.
  private static final List<Fault> DRAWN =
      Stream.of(Fault.values()).filter(fault -> fault != Fault.SHARD_PLACE).toList();

  public static final FaultPlan NONE = new FaultPlan(Map.of());

  public FaultPlan {
    meanMillis = Map.copyOf(meanMillis);
  }

  /// Every kind with some chance of its own; rarely all or none.
  public static FaultPlan draw(RandomGenerator random) {
    double chance = CHANCE * (0.5 + random.nextDouble());
    Map<Fault, Long> drawn = new EnumMap<>(Fault.class);
    for (Fault fault : DRAWN) {
      boolean on = random.nextDouble() < chance;
      double spread = Math.log(MEAN_MAX_MILLIS / MEAN_MIN_MILLIS);
      long mean = (long) (MEAN_MIN_MILLIS * Math.exp(random.nextDouble() * spread));
      if (on) {
        drawn.put(fault, mean);
      }
    }
    if (drawn.containsKey(Fault.MEMBERS)) {
      drawn.remove(Fault.FLIPPED_BIT); // a damaged node and one that left may be one too many
    }
    return new FaultPlan(drawn);
  }

  /// With changes of the shards, each kind with some chance, but splits or detaches always.
  public FaultPlan withHandovers(RandomGenerator random) {
    Map<Fault, Long> more = new EnumMap<>(Fault.class);
    more.putAll(meanMillis);
    for (Fault fault : HANDOVERS) {
      if (random.nextInt(4) > 0) {
        more.put(fault, (long) (HANDOVER_MEAN_MILLIS * (0.3 + 2 * random.nextDouble())));
      }
    }
    if (!more.containsKey(Fault.SHARD_DETACH)) {
      more.putIfAbsent(Fault.SHARD_SPLIT, HANDOVER_MEAN_MILLIS);
    }
    return new FaultPlan(more);
  }

  /// With replicas that move, for most draws.
  public FaultPlan withPlacements(RandomGenerator random) {
    Map<Fault, Long> more = new EnumMap<>(Fault.class);
    more.putAll(meanMillis);
    if (random.nextInt(4) > 0) {
      more.put(Fault.SHARD_PLACE, (long) (PLACE_MEAN_MILLIS * (0.3 + 2 * random.nextDouble())));
    }
    return new FaultPlan(more);
  }

  public FaultPlan withoutHandovers() {
    return without(HANDOVERS.toArray(Fault[]::new));
  }

  public boolean hasHandovers() {
    return HANDOVERS.stream().anyMatch(meanMillis::containsKey);
  }

  public FaultPlan without(Fault... unfit) {
    Map<Fault, Long> left = new EnumMap<>(Fault.class);
    left.putAll(meanMillis);
    List.of(unfit).forEach(left::remove);
    return new FaultPlan(left);
  }

  public long meanMillis(Fault fault) {
    return meanMillis.getOrDefault(fault, 0L);
  }
}
