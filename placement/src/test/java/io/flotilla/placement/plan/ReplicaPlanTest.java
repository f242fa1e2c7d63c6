package io.flotilla.placement.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.placement.plan.ReplicaView.Placed;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// Where the planner wants replicas of groups that are on some nodes only.
final class ReplicaPlanTest {
  private static final long ROUND_MILLIS = 5_000;
  private static final long GONE_MILLIS = 60_000;

  private static final PlannerSettings SETTINGS =
      PlannerSettings.STANDARD
          .with(PlannerMode.ON)
          .with(ReplicaRules.STANDARD.with(3, GONE_MILLIS));

  private final TreeMap<GroupId, Set<NodeId>> groups = new TreeMap<>();
  private final TreeMap<NodeId, NodeView> nodes = new TreeMap<>();
  private final Set<NodeId> drained = new HashSet<>();
  private final Set<GroupId> moving = new HashSet<>();
  private final List<Step> done = new ArrayList<>();
  private final Planner planner = new Planner(SETTINGS);
  private PlannerMode mode = PlannerMode.ON;
  private long nowMillis = 1_000_000;

  private static final SplitPoints NO_KEYS =
      new SplitPoints() {
        @Override
        public long keys(GroupId group, KeyRange range) {
          return 0;
        }

        @Override
        public @Nullable Key key(GroupId group, KeyRange range, long below) {
          return null;
        }

        @Override
        public List<Key> written(GroupId group, KeyRange range) {
          return List.of();
        }
      };

  private void nodes(int count) {
    for (int id = 1; id <= count; id++) {
      var node = new NodeId(id);
      nodes.put(node, new NodeView(node, true, false));
    }
  }

  private void group(int group, long... on) {
    var ids = new TreeSet<NodeId>();
    for (long id : on) {
      ids.add(new NodeId(id));
    }
    groups.put(new GroupId(group), ids);
  }

  private void alive(long id, boolean alive) {
    var node = new NodeId(id);
    nodes.put(node, new NodeView(node, alive, false));
  }

  private ClusterView view() {
    var placed = new TreeMap<GroupId, Placed>();
    var loads = new TreeMap<GroupId, GroupLoad>();
    loads.put(GroupId.ROOT, new GroupLoad(GroupId.ROOT, new NodeId(1), 0, 0, 0, 0, 0));
    groups.forEach(
        (group, on) -> {
          placed.put(group, new Placed(new TreeSet<>(on), Set.of(), moving.contains(group)));
          loads.put(group, new GroupLoad(group, NodeId.NONE, 0, 0, 0, 0, 0, false, on));
        });
    var shards = List.of(new ShardLoad(KeyRange.ALL, GroupId.ROOT, 0, 1));
    var replicas = new ReplicaView(placed, drained);
    return new ClusterView(
        nowMillis, shards, loads, List.copyOf(nodes.values()), List.of(), replicas);
  }

  /// What is begun is done at once, but for groups that move.
  private List<Proposal> round() {
    nowMillis += ROUND_MILLIS;
    ClusterView view = view();
    planner.observe(view);
    List<Proposal> plan = planner.plan(view, NO_KEYS, mode);
    List<Proposal> begun = plan.stream().filter(Proposal::mayBegin).toList();
    assertThat(begun).as("one at a time").hasSizeLessThanOrEqualTo(1);
    begun.forEach(proposal -> begin(proposal, view));
    return plan;
  }

  private void begin(Proposal proposal, ClusterView view) {
    planner.began(proposal.step(), view);
    var step = (Step.Place) proposal.step();
    Set<NodeId> on = groups.get(step.group());
    assertThat(on.remove(step.from()) || step.from().equals(NodeId.NONE)).isTrue();
    assertThat(on.add(step.to())).isTrue();
    assertThat(drained).doesNotContain(step.to());
    assertThat(nodes.get(step.to()).alive()).isTrue();
    assertThat(proposal.reason()).isNotEmpty();
    done.add(step);
  }

  private void rounds(int count) {
    for (int round = 0; round < count; round++) {
      round();
    }
  }

  private int count(NodeId node) {
    return (int) groups.values().stream().filter(on -> on.contains(node)).count();
  }

  @Test
  void whatIsEvenStaysWhereItIs() {
    nodes(4);
    group(1, 1, 2, 3);
    group(2, 1, 2, 4);
    assertThat(round()).isEmpty();
  }

  @Test
  void aDrainedNodeIsEmptiedWhateverTheMode() {
    nodes(4);
    group(1, 1, 2, 3);
    group(2, 1, 3, 4);
    drained.add(new NodeId(3));
    for (PlannerMode each : PlannerMode.values()) {
      mode = each;
      assertThat(planner.plan(view(), NO_KEYS, each)).anyMatch(Proposal::mayBegin);
    }
    mode = PlannerMode.OFF;
    rounds(5);
    assertThat(count(new NodeId(3))).isZero();
    assertThat(done)
        .containsExactly(
            new Step.Place(new GroupId(1), new NodeId(3), new NodeId(4), Step.Cause.DRAIN),
            new Step.Place(new GroupId(2), new NodeId(3), new NodeId(2), Step.Cause.DRAIN));
    assertThat(done.getFirst().action()).isEqualTo("move --group 1 --from 3 --to 4");
  }

  @Test
  void aNodeThatIsGoneIsReplacedAfterAWhile() {
    nodes(4);
    group(1, 1, 2, 3);
    alive(3, false);
    rounds((int) (GONE_MILLIS / ROUND_MILLIS));
    assertThat(done).isEmpty();
    alive(3, true);
    round();
    alive(3, false);
    rounds((int) (GONE_MILLIS / ROUND_MILLIS));
    assertThat(done).as("it was back in between").isEmpty();
    round();
    assertThat(done)
        .containsExactly(
            new Step.Place(new GroupId(1), new NodeId(3), new NodeId(4), Step.Cause.GONE));
  }

  @Test
  void onlyAPlannerThatIsOnReplaces() {
    nodes(4);
    group(1, 1, 2, 3);
    alive(3, false);
    mode = PlannerMode.LEADERS;
    rounds(30);
    assertThat(done).isEmpty();
    assertThat(round().getFirst().heldBy()).isEqualTo("the planner is set to leaders");
  }

  @Test
  void aGroupWithoutAQuorumIsLeft() {
    nodes(5);
    group(1, 1, 2, 3);
    alive(2, false);
    alive(3, false);
    rounds(30);
    assertThat(done).isEmpty();
    assertThat(round().getFirst().heldBy()).isEqualTo("it has no quorum");
  }

  @Test
  void aGroupWithTooFewGetsMore() {
    nodes(4);
    group(1, 1, 2);
    rounds(2);
    assertThat(done)
        .containsExactly(
            new Step.Place(new GroupId(1), NodeId.NONE, new NodeId(3), Step.Cause.SHORT));
  }

  @Test
  void oneGroupMovesAtATime() {
    nodes(4);
    group(1, 1, 2, 3);
    group(2, 1, 2, 3);
    drained.add(new NodeId(3));
    moving.add(new GroupId(2));
    List<Proposal> plan = round();
    assertThat(plan).extracting(Proposal::mayBegin).containsOnly(false);
    assertThat(plan.get(0).heldBy()).isEqualTo("1 on their way, and no more than 1 at once");
    assertThat(plan.get(1).heldBy()).isEqualTo("the group is on its way");
  }

  /// `-Dseed=` repeats the choices.
  @Test
  void whateverHappensItComesToRestAndIsEven() {
    long seed = Long.getLong("seed", new Random().nextInt());
    var random = new Random(seed);
    for (int trial = 0; trial < 20; trial++) {
      new ReplicaPlanTest().trial(random, "seed %s trial %s".formatted(seed, trial));
    }
  }

  private void trial(Random random, String what) {
    nodes(4 + random.nextInt(4));
    List<NodeId> all = new ArrayList<>(nodes.keySet());
    for (int group = 1; group <= 6 + random.nextInt(6); group++) {
      Collections.shuffle(all, random);
      groups.put(new GroupId(group), new TreeSet<>(all.subList(0, 3)));
    }
    if (random.nextBoolean()) {
      drained.add(all.getLast());
    }
    rounds(4_000);
    int before = done.size();
    rounds(500);
    assertThat(done).as("%s: at rest", what).hasSize(before);
    List<Integer> counts =
        nodes.keySet().stream().filter(node -> !drained.contains(node)).map(this::count).toList();
    int most = counts.stream().mapToInt(Integer::intValue).max().orElse(0);
    int least = counts.stream().mapToInt(Integer::intValue).min().orElse(0);
    assertThat(most - least).as("%s: %s", what, groups).isLessThanOrEqualTo(1);
    drained.forEach(node -> assertThat(count(node)).as(what).isZero());
    groups.values().forEach(on -> assertThat(on).as(what).hasSize(3));
  }
}
