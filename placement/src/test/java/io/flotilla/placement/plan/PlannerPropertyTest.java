package io.flotilla.placement.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.NodeId;
import io.flotilla.placement.map.Shard;
import io.flotilla.placement.plan.PlanWorld.Done;
import io.flotilla.placement.testing.Seeds;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/// Whole days of a planner that sees loads of all kinds.
final class PlannerPropertyTest {
  private static final long MINUTE = 60_000;
  private static final long HOUR = 60 * MINUTE;
  private static final int KEYS = 600;

  private static final PlannerSettings SETTINGS =
      new PlannerSettings(
          PlannerMode.ON,
          new SplitRules(400, 20, 1_000, 0.6, MINUTE, 0.2, 32, 12),
          new MergeRules(100, 50, 500, 20 * MINUTE, HOUR),
          LeaderRules.STANDARD,
          new Pace(1, 6, 5_000, 2 * MINUTE, 5 * MINUTE),
          PrefixRules.NONE,
          List.of());

  /// However the load is spread: after some hours of the same load nothing is to be done.
  @Test
  void aConstantLoadComesToRest() {
    Seeds.forEach(
        random -> {
          PlanWorld world = world(random, SETTINGS);
          world.run(5 * HOUR);
          assertThat(world.since(world.nowMillis - HOUR)).isEmpty();
          checkPace(world);
          checkNothingIsTakenBack(world);
          assertThat(world.leaders).hasSizeLessThanOrEqualTo(13);
        });
  }

  /// Rates that jump by a third from look to look move a leader now and then, and no keys to and
  /// fro.
  @Test
  void aNoisyLoadIsNotChased() {
    Seeds.forEach(
        8,
        random -> {
          PlanWorld world = world(random, SETTINGS);
          world.noise = 0.15;
          world.run(3 * HOUR);
          long before = world.nowMillis;
          world.run(3 * HOUR);
          checkPace(world);
          checkNothingIsTakenBack(world);
          assertThat(world.since(before)).hasSizeLessThan(20);
        });
  }

  /// A load that wanders over the keys makes shards, and those that went cold are merged; the pace
  /// is kept all the time.
  @Test
  void aLoadThatWandersKeepsThePace() {
    Seeds.forEach(
        8,
        random -> {
          PlanWorld world = world(random, SETTINGS);
          for (int i = 0; i < 5; i++) {
            spread(world, random);
            world.run(2 * HOUR);
          }
          checkPace(world);
          checkNothingIsTakenBack(world);
          assertThat(world.map.shards()).as("it was split").hasSizeGreaterThan(1);
          world.writesEverywhere(0);
          world.bytesOfKey = 0;
          world.run(12 * HOUR);
          assertThat(world.map.shards()).hasSize(1);
        });
  }

  @Test
  void leadersEndUpSpreadOverTheNodes() {
    Seeds.forEach(
        random -> {
          PlanWorld world = world(random, SETTINGS.with(PlannerMode.LEADERS));
          for (int i = 0; i < 5 + random.nextInt(8); i++) {
            world.split(PlanWorld.key(40 * (i + 1)), 1 + random.nextInt(world.nodes.size()));
          }
          world.writesEverywhere(0);
          world.run(2 * HOUR);
          Map<NodeId, Long> led = world.led();
          led.merge(new NodeId(1), 1L, Long::sum); // the root group counts twice
          long most = Collections.max(led.values());
          long least = Collections.min(led.values());
          assertThat(most - least).isLessThanOrEqualTo(1);
          assertThat(world.leaders.get(GroupId.ROOT)).isEqualTo(new NodeId(1));
        });
  }

  /// Wherever it leads, whatever the load: a node that is about to go leads nothing soon.
  @Test
  void aNodeThatGoesLeadsNothingSoon() {
    Seeds.forEach(
        random -> {
          PlanWorld world = world(random, SETTINGS);
          world.run(3 * HOUR);
          int goes = 1 + random.nextInt(world.nodes.size());
          world.change(goes, node -> new NodeView(node.node(), true, true));
          world.run(MINUTE);
          assertThat(world.leaders.values()).doesNotContain(new NodeId(goes));
          world.run(HOUR);
          assertThat(world.leaders.values()).doesNotContain(new NodeId(goes));
        });
  }

  @Test
  void unitsStayWholeWhateverTheLoad() {
    var prefixes = new PrefixRules(2, List.of(Key.utf8("/registry/events")));
    Seeds.forEach(
        random -> {
          var world = new PlanWorld(SETTINGS.with(prefixes), random, 3);
          for (int i = 0; i < KEYS; i++) {
            String kind = List.of("pods", "events", "nodes", "leases").get(random.nextInt(4));
            world.writes(Key.utf8("/registry/" + kind + "/n/" + i), 10 * random.nextDouble());
          }
          world.run(3 * HOUR);
          Set<KeyUnit> units = new HashSet<>();
          for (Shard shard : world.map.shards()) {
            world.in(shard.range()).keySet().stream()
                .map(key -> new KeyUnit(String.valueOf(prefixes.unit(key)), shard.group()))
                .forEach(units::add);
          }
          assertThat(units).as("each kind has one group").hasSize(4);
          assertThat(world.map.shards()).hasSizeGreaterThan(1);
        });
  }

  private record KeyUnit(String unit, GroupId group) {}

  // ---- worlds

  private static PlanWorld world(Random random, PlannerSettings settings) {
    var world = new PlanWorld(settings, random, 2 + random.nextInt(4));
    for (int i = 0; i < KEYS; i++) {
      world.writes(PlanWorld.key(i), 0.0);
    }
    spread(world, random);
    return world;
  }

  /// Even, or most of it on a part, or nearly all of it on one key.
  private static void spread(PlanWorld world, Random random) {
    double total = 200 + random.nextInt(8_000);
    int kind = random.nextInt(3);
    int from = random.nextInt(KEYS);
    int width = kind == 0 ? KEYS : kind == 1 ? 1 + random.nextInt(KEYS / 4) : 1;
    world.writesEverywhere(total / KEYS / 10);
    for (int i = from; i < from + width; i++) {
      world.writes(PlanWorld.key(i % KEYS), total / width);
    }
  }

  // ---- rules

  private static void checkPace(PlanWorld world) {
    Pace pace = world.settings.pace();
    var rest = new TreeMap<GroupId, Long>();
    long last = Long.MIN_VALUE / 2;
    List<Long> changes = new ArrayList<>();
    for (Done done : world.done) {
      assertThat(done.atMillis() - last).isGreaterThanOrEqualTo(pace.intervalMillis());
      last = done.atMillis();
      boolean transfer = done.step() instanceof Step.Transfer;
      for (GroupId group : done.step().groups()) {
        assertThat(done.atMillis()).isGreaterThanOrEqualTo(rest.getOrDefault(group, 0L));
        long millis = transfer ? pace.transferRestMillis() : pace.changeRestMillis();
        rest.put(group, done.atMillis() + millis);
      }
      if (!transfer) {
        changes.add(done.atMillis());
        long hour = changes.stream().filter(at -> at > done.atMillis() - HOUR).count();
        assertThat(hour).isLessThanOrEqualTo(pace.changesPerHour());
      }
    }
  }

  /// No border is merged away soon after it was made, and none is made again at once.
  private static void checkNothingIsTakenBack(PlanWorld world) {
    var made = new TreeMap<Key, Long>();
    for (Done done : world.done) {
      if (done.step() instanceof Step.Split split) {
        made.put(split.at(), done.atMillis());
      } else if (done.step() instanceof Step.Merge merge) {
        Long at = made.get(merge.at());
        assertThat(at == null ? HOUR : done.atMillis() - at).isGreaterThanOrEqualTo(HOUR);
      }
    }
  }
}
