package io.flotilla.placement.plan;

import io.flotilla.base.Key;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/// Which shards are above their bounds, and where they are split.
final class SplitPlan {
  /// Shards that are looked into at a time, those that are furthest above their bounds.
  private static final int LOOKED_INTO = 4;

  private static final double MEBIBYTE = 1 << 20;

  private final SplitRules rules;
  private final PrefixRules prefixes;
  private final PlanMemory memory;

  SplitPlan(PlannerSettings settings, PlanMemory memory) {
    this.rules = settings.split();
    this.prefixes = settings.prefixes();
    this.memory = memory;
  }

  /// A shard beside its group's figures.
  private record Candidate(ShardLoad shard, GroupLoad group) {
    double writes() {
      return shard.writesPerSecond(group);
    }
  }

  void observe(ClusterView view) {
    Set<Key> hot = new HashSet<>();
    for (ShardLoad shard : view.shards()) {
      if (loadExcess(new Candidate(shard, view.load(shard.group()))) > 1) {
        hot.add(shard.start());
      }
    }
    memory.hot.hold(hot, view.nowMillis());
  }

  List<Proposal> plan(ClusterView view, SplitPoints points) {
    var finder = new SplitFinder(rules, prefixes, points);
    return view.shards().stream()
        .map(shard -> new Candidate(shard, view.load(shard.group())))
        .filter(candidate -> candidate.group().here())
        .filter(candidate -> isLarge(candidate) || isHot(candidate, view))
        .sorted(Comparator.comparingDouble(this::excess).reversed())
        .limit(LOOKED_INTO)
        .map(candidate -> propose(candidate, view, finder))
        .toList();
  }

  private boolean isLarge(Candidate candidate) {
    return sizeExcess(candidate) > 1;
  }

  private boolean isHot(Candidate candidate, ClusterView view) {
    Key shard = candidate.shard().start();
    return memory.hot.heldFor(shard, rules.holdMillis(), view.nowMillis());
  }

  private double excess(Candidate candidate) {
    return Math.max(sizeExcess(candidate), loadExcess(candidate));
  }

  private double sizeExcess(Candidate candidate) {
    return (double) candidate.shard().bytes(candidate.group()) / rules.maxBytes();
  }

  private double loadExcess(Candidate candidate) {
    double busy = candidate.shard().cpuShare(candidate.group()) / rules.maxCpuShare();
    return Math.max(candidate.writes() / rules.maxWritesPerSecond(), busy);
  }

  private Proposal propose(Candidate candidate, ClusterView view, SplitFinder finder) {
    boolean hot = isHot(candidate, view);
    ShardLoad shard = candidate.shard();
    SplitFinder.Found found = hot ? finder.byWrites(shard) : finder.byKeys(shard);
    List<String> why = new ArrayList<>(reasons(candidate, hot));
    Key at = found.at();
    if (at == null) {
      why.add(found.why());
      return new Proposal(new Step.Leave(shard.group(), shard.range()), String.join("; ", why), "");
    }
    why.add(format("%.0f %% of the %s stay", 100 * found.below(), hot ? "writes" : "keys"));
    int groups = view.groups().size() - 1;
    String held = groups < rules.maxGroups() ? "" : "there are " + groups + " groups already";
    var step = new Step.Split(shard.group(), shard.range(), at);
    return new Proposal(step, String.join("; ", why), held);
  }

  private List<String> reasons(Candidate candidate, boolean hot) {
    GroupLoad group = candidate.group();
    List<String> why = new ArrayList<>();
    if (isLarge(candidate)) {
      double mebibytes = candidate.shard().bytes(group) / MEBIBYTE;
      why.add(format("%.0f MiB, above %.0f", mebibytes, rules.maxBytes() / MEBIBYTE));
    }
    if (hot && candidate.writes() > rules.maxWritesPerSecond()) {
      why.add(format("%.0f writes/s, above %.0f", candidate.writes(), rules.maxWritesPerSecond()));
    }
    double busy = candidate.shard().cpuShare(group);
    if (hot && busy > rules.maxCpuShare()) {
      why.add(format("%.2f processors, above %.2f", busy, rules.maxCpuShare()));
    }
    return why;
  }

  private static String format(String text, Object... figures) {
    return String.format(Locale.ROOT, text, figures);
  }
}
