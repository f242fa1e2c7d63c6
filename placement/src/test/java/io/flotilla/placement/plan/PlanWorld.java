package io.flotilla.placement.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.map.ShardMap;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/// A cluster as far as a planner sees it: keys with sizes and write rates, groups with leaders, and
/// handovers that take a while. Carries out what is begun and checks on the way that limits are
/// kept.
final class PlanWorld implements SplitPoints {
  static final long ROUND_MILLIS = 5_000;
  private static final int HANDOVER_ROUNDS = 3;
  private static final int SAMPLE = 128;

  /// What was begun.
  record Done(long atMillis, Step step, String reason) {}

  private record Figures(long keys, double rate) {}

  private record Moving(HandoverView view, Step step, long doneMillis) {}

  private final TreeMap<Key, Double> writes = new TreeMap<>();
  // of each shard's keys, until the load or the map changes
  private final Map<KeyRange, Figures> figures = new HashMap<>();
  final TreeMap<NodeId, NodeView> nodes = new TreeMap<>();
  final TreeMap<GroupId, NodeId> leaders = new TreeMap<>();
  final List<Done> done = new ArrayList<>();
  final Random random;
  PlannerSettings settings;
  Planner planner;
  ShardMap map = ShardMap.initial();
  long bytesOfKey = 1;
  double noise;
  double readsOfGroup;
  long nowMillis = 1_000_000;
  private final List<Moving> moving = new ArrayList<>();
  private int lastGroup;
  private long handovers;

  PlanWorld(PlannerSettings settings, Random random, int nodeCount) {
    this.settings = settings;
    this.planner = new Planner(settings);
    this.random = random;
    for (int i = 1; i <= nodeCount; i++) {
      nodes.put(new NodeId(i), new NodeView(new NodeId(i), true, false));
    }
    leaders.put(GroupId.ROOT, new NodeId(1));
  }

  void change(int node, UnaryOperator<NodeView> how) {
    nodes.computeIfPresent(new NodeId(node), (_, view) -> how.apply(view));
  }

  GroupId split(Key at, int leader) {
    var group = new GroupId(++lastGroup);
    map = map.split(at, group);
    leaders.put(group, new NodeId(leader));
    return group;
  }

  void writes(Key key, double perSecond) {
    writes.put(key, perSecond);
    figures.clear();
  }

  void writesEverywhere(double perSecond) {
    writes.replaceAll((_, _) -> perSecond);
    figures.clear();
  }

  ClusterView view() {
    var groups = new TreeMap<GroupId, GroupLoad>();
    leaders.keySet().forEach(group -> groups.put(group, load(group)));
    List<ShardLoad> shards = new ArrayList<>();
    for (Shard shard : map.shards()) {
      long all = groups.get(shard.group()).keys();
      long keys = figures(shard.range()).keys();
      shards.add(
          new ShardLoad(shard.range(), shard.group(), keys, all == 0 ? 0 : (double) keys / all));
    }
    List<HandoverView> underWay = moving.stream().map(Moving::view).toList();
    return new ClusterView(nowMillis, shards, groups, List.copyOf(nodes.values()), underWay);
  }

  private GroupLoad load(GroupId group) {
    long keys = 0;
    double rate = 0;
    for (Shard shard : map.shards()) {
      if (shard.group().equals(group)) {
        keys += figures(shard.range()).keys();
        rate += figures(shard.range()).rate();
      }
    }
    double seen = rate * (1 + noise * (2 * random.nextDouble() - 1));
    return new GroupLoad(group, leaders.get(group), keys * bytesOfKey, keys, seen, readsOfGroup, 0);
  }

  private Figures figures(KeyRange range) {
    return figures.computeIfAbsent(
        range,
        _ ->
            new Figures(
                in(range).size(), in(range).values().stream().mapToDouble(rate -> rate).sum()));
  }

  SortedMap<Key, Double> in(KeyRange range) {
    Key end = range.end();
    return end == null ? writes.tailMap(range.start()) : writes.subMap(range.start(), end);
  }

  // ---- what a replica knows

  @Override
  public long keys(GroupId group, KeyRange range) {
    return in(range).size();
  }

  @Override
  public @Nullable Key key(GroupId group, KeyRange range, long below) {
    return in(range).keySet().stream().skip(below).findFirst().orElse(null);
  }

  @Override
  public List<Key> written(GroupId group, KeyRange range) {
    double step = figures(range).rate() / SAMPLE;
    List<Key> sample = new ArrayList<>();
    double passed = random.nextDouble() * step;
    for (Map.Entry<Key, Double> key : in(range).entrySet()) {
      passed += key.getValue();
      for (; step > 0 && passed >= step; passed -= step) {
        sample.add(key.getKey());
      }
    }
    return sample;
  }

  // ---- time

  void run(long millis) {
    long end = nowMillis + millis;
    while (nowMillis < end) {
      round();
    }
  }

  List<Proposal> round() {
    nowMillis += ROUND_MILLIS;
    finish();
    ClusterView view = view();
    planner.observe(view);
    List<Proposal> plan = planner.plan(view, this, settings.mode());
    for (Proposal proposal : plan) {
      if (proposal.mayBegin()) {
        begin(proposal, view);
      }
    }
    return plan;
  }

  private void begin(Proposal proposal, ClusterView view) {
    planner.began(proposal.step(), view);
    done.add(new Done(nowMillis, proposal.step(), proposal.reason()));
    assertThat(proposal.reason()).isNotEmpty();
    switch (proposal.step()) {
      case Step.Transfer transfer -> {
        assertThat(leaders.get(transfer.group())).isEqualTo(transfer.from());
        assertThat(view.mayLead(transfer.to())).isTrue();
        leaders.put(transfer.group(), transfer.to());
      }
      case Step.Split split -> handOver(split, split.group(), new GroupId(++lastGroup));
      case Step.Merge merge -> handOver(merge, merge.from(), merge.into());
      case Step.Place _, Step.Leave _ -> throw new AssertionError("nothing to begin");
    }
  }

  private void handOver(Step step, GroupId from, GroupId to) {
    leaders.putIfAbsent(to, leaders.get(from));
    for (Moving other : moving) {
      assertThat(other.view().concerns(from) || other.view().concerns(to)).isFalse();
    }
    var view = new HandoverView(++handovers, from, to);
    moving.add(new Moving(view, step, nowMillis + HANDOVER_ROUNDS * ROUND_MILLIS));
    assertThat(moving).hasSizeLessThanOrEqualTo(settings.pace().handovers());
  }

  private void finish() {
    for (Moving ended : List.copyOf(moving)) {
      if (ended.doneMillis() <= nowMillis) {
        moving.remove(ended);
        switch (ended.step()) {
          case Step.Split split -> map = map.split(split.at(), ended.view().to());
          case Step.Merge merge -> {
            map = map.merge(merge.at());
            retireIfEmpty(merge.from());
          }
          case Step.Transfer _, Step.Place _, Step.Leave _ ->
              throw new AssertionError("not a handover");
        }
      }
    }
  }

  private void retireIfEmpty(GroupId group) {
    if (map.shards().stream().noneMatch(shard -> shard.group().equals(group))) {
      leaders.remove(group);
    }
  }

  // ---- what comes of it

  List<Done> since(long millis) {
    return done.stream().filter(step -> step.atMillis() > millis).toList();
  }

  Map<NodeId, Long> led() {
    var led = new TreeMap<NodeId, Long>();
    nodes.keySet().forEach(node -> led.put(node, 0L));
    leaders.values().forEach(node -> led.merge(node, 1L, Long::sum));
    return led;
  }

  static Key key(int number) {
    return Key.utf8("k%05d".formatted(number));
  }
}
