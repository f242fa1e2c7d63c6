package io.flotilla.placement.plan;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/// Which neighbours are small and cold, and become one shard.
///
/// The upper one goes to the lower one's group. The root group's own keys stay where they are:
/// whether it serves any is for people to decide.
final class MergePlan {
  private static final double MEBIBYTE = 1 << 20;
  private static final long MINUTE_MILLIS = 60_000;

  private final MergeRules rules;
  private final Set<Key> kept;
  private final PlanMemory memory;

  MergePlan(PlannerSettings settings, PlanMemory memory) {
    this.rules = settings.merge();
    this.kept = Set.copyOf(settings.kept());
    this.memory = memory;
  }

  private record Pair(ShardLoad lower, ShardLoad upper, GroupLoad below, GroupLoad above) {
    Key border() {
      return upper.start();
    }

    long bytes() {
      return lower.bytes(below) + upper.bytes(above);
    }

    double writes() {
      return lower.writesPerSecond(below) + upper.writesPerSecond(above);
    }

    double reads() {
      return lower.readsPerSecond(below) + upper.readsPerSecond(above);
    }
  }

  private static List<Pair> pairs(ClusterView view) {
    List<Pair> pairs = new ArrayList<>();
    for (int i = 1; i < view.shards().size(); i++) {
      ShardLoad lower = view.shards().get(i - 1);
      ShardLoad upper = view.shards().get(i);
      pairs.add(new Pair(lower, upper, view.load(lower.group()), view.load(upper.group())));
    }
    return pairs;
  }

  void observe(ClusterView view) {
    Set<Key> borders = new TreeSet<>();
    Set<Key> cold = new TreeSet<>();
    for (Pair pair : pairs(view)) {
      borders.add(pair.border());
      if (isCold(pair)) {
        cold.add(pair.border());
      }
    }
    memory.borders.hold(borders, view.nowMillis());
    memory.cold.hold(cold, view.nowMillis());
  }

  private boolean isCold(Pair pair) {
    return pair.below().here()
        && pair.above().here()
        && pair.bytes() <= rules.maxBytes()
        && pair.writes() <= rules.maxWritesPerSecond()
        && pair.reads() <= rules.maxReadsPerSecond();
  }

  List<Proposal> plan(ClusterView view) {
    return pairs(view).stream()
        .filter(pair -> mayMerge(pair, view.nowMillis()))
        .map(pair -> propose(pair, view.nowMillis()))
        .toList();
  }

  private boolean mayMerge(Pair pair, long nowMillis) {
    Key border = pair.border();
    return !pair.lower().group().equals(pair.upper().group())
        && !pair.upper().group().equals(GroupId.ROOT)
        && !kept.contains(border)
        && memory.borders.heldFor(border, rules.borderMillis(), nowMillis)
        && memory.cold.heldFor(border, rules.coldMillis(), nowMillis);
  }

  private Proposal propose(Pair pair, long nowMillis) {
    String reason =
        String.format(
            Locale.ROOT,
            "groups %s and %s together have %.1f MiB, %.1f writes/s and %.1f reads/s,"
                + " and were as cold for %d min",
            pair.lower().group(),
            pair.upper().group(),
            pair.bytes() / MEBIBYTE,
            pair.writes(),
            pair.reads(),
            memory.cold.heldMillis(pair.border(), nowMillis) / MINUTE_MILLIS);
    var step = new Step.Merge(pair.border(), pair.upper().group(), pair.lower().group());
    return new Proposal(step, reason, "");
  }
}
