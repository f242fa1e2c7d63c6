package io.flotilla.node.config;

import io.flotilla.base.Key;
import io.flotilla.placement.plan.PlannerMode;
import io.flotilla.placement.plan.PlannerSettings;
import io.flotilla.placement.plan.PrefixRules;
import io.flotilla.placement.plan.ReplicaRules;
import io.flotilla.placement.plan.SplitRules;
import java.time.Duration;
import java.util.List;

/// The settings of the planner of shards.
final class PlannerReader {
  /// Merges are for shards far below; less leaves no room between the two.
  private static final long BYTES_MIN = 512L << 20;

  private static final long WRITES_MIN = 200;
  private static final int DEPTH_MAX = 64;
  private static final Duration GONE_MIN = Duration.ofSeconds(10);

  private final SettingReader in;

  PlannerReader(SettingReader in) {
    this.in = in;
  }

  /// @param kept borders that are not merged away
  /// @param replicas that a group should have; 0 for one on every member
  PlannerSettings read(List<Key> kept, int replicas) {
    int depth = (int) in.number("shard-prefix-depth", 0, DEPTH_MAX);
    return new PlannerSettings(
        mode(),
        splits(),
        PlannerSettings.STANDARD.merge(),
        PlannerSettings.STANDARD.leaders(),
        PlannerSettings.STANDARD.pace(),
        new PrefixRules(depth, together()),
        kept,
        replicas(replicas));
  }

  private ReplicaRules replicas(int number) {
    Duration goneAfter = in.duration("shard-planner-gone-after");
    if (goneAfter.compareTo(GONE_MIN) < 0) {
      in.problem("--shard-planner-gone-after must be 10s or more (set to " + goneAfter + ")");
      return ReplicaRules.STANDARD;
    }
    return ReplicaRules.STANDARD.with(number, goneAfter.toMillis());
  }

  private PlannerMode mode() {
    String word = in.text("shard-planner");
    return PlannerMode.of(word)
        .orElseGet(
            () -> {
              in.problem("--shard-planner must be off, leaders or on, not \"" + word + "\"");
              return PlannerMode.OFF;
            });
  }

  private SplitRules splits() {
    SplitRules rules = SplitRules.STANDARD;
    return new SplitRules(
        in.number("shard-split-bytes", BYTES_MIN, 1L << 50),
        rules.minKeys(),
        in.number("shard-split-writes", WRITES_MIN, 1_000_000_000),
        rules.maxCpuShare(),
        rules.holdMillis(),
        rules.minShare(),
        rules.minSample(),
        rules.maxGroups());
  }

  private List<Key> together() {
    try {
      return SplitKeys.parseAny(in.text("shard-keep-together"));
    } catch (IllegalArgumentException fault) {
      in.problem("--shard-keep-together: " + fault.getMessage());
      return List.of();
    }
  }
}
