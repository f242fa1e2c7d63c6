package io.flotilla.placement.plan;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.placement.map.ShardMap;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.HandoverStatus;
import io.flotilla.proto.admin.PlanRequest;
import io.flotilla.proto.admin.PlanResponse;
import io.flotilla.proto.command.Handover;
import io.vertx.core.Future;
import io.vertx.core.Promise;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class PlanDriverTest {
  private static final long MINUTE = 60_000;

  private static final PlannerSettings ON =
      new PlannerSettings(
          PlannerMode.ON,
          new SplitRules(1_000, 20, 1_000, 0.6, MINUTE, 0.2, 32, 8),
          new MergeRules(100, 50, 500, 20 * MINUTE, 60 * MINUTE),
          LeaderRules.STANDARD,
          new Pace(1, 100, 5_000, 5_000, 5_000),
          PrefixRules.NONE,
          List.of());

  /// What the driver sees, and what it asks for.
  private static final class Fake implements GroupStats, SplitPoints {
    final SimLoop loop = new SimLoop();
    final TreeMap<GroupId, NodeId> leaders = new TreeMap<>();
    final TreeMap<GroupId, Long> writes = new TreeMap<>();
    final TreeMap<GroupId, Long> bytes = new TreeMap<>();
    final List<HandoverStatus> handovers = new ArrayList<>();
    final List<ChangeShardsRequest> asked = new ArrayList<>();
    final List<Promise<ChangeShardsResponse>> answers = new ArrayList<>();
    ShardMap map = ShardMap.initial();
    boolean leads = true;

    Fake() {
      leaders.put(GroupId.ROOT, new NodeId(1));
    }

    void group(int id, String from) {
      var group = new GroupId(id);
      map = map.split(Key.utf8(from), group);
      leaders.put(group, new NodeId(1));
    }

    PlanDriver driver(PlannerSettings settings) {
      var driver =
          new PlanDriver(
              settings,
              new PlanDriver.Ports(
                  loop,
                  loop,
                  () -> leads,
                  () -> map,
                  this,
                  this,
                  () ->
                      List.of(
                          new NodeView(new NodeId(1), true, false),
                          new NodeView(new NodeId(2), true, false)),
                  () -> ReplicaView.NONE,
                  () -> handovers,
                  this::change));
      driver.start();
      return driver;
    }

    private Future<ChangeShardsResponse> change(ChangeShardsRequest request) {
      asked.add(request);
      answers.add(Promise.promise());
      return answers.getLast().future();
    }

    void answer(ChangeShardsResponse.Builder answer) {
      answers.getLast().complete(answer.build());
    }

    static Handover handover(int number) {
      return Handover.newBuilder().setNumber(number).setFrom(0).setTo(1).build();
    }

    void status(int number, HandoverStatus.Phase phase) {
      handovers.removeIf(status -> status.getHandover().getNumber() == number);
      handovers.add(
          HandoverStatus.newBuilder()
              .setHandover(handover(number))
              .setPhase(phase)
              .setRecords(9)
              .setPausedMillis(4)
              .setNote("why")
              .build());
    }

    @Override
    public SortedSet<GroupId> groups() {
      return new TreeSet<>(leaders.keySet());
    }

    @Override
    public NodeId leader(GroupId group) {
      return leaders.getOrDefault(group, NodeId.NONE);
    }

    @Override
    public long bytes(GroupId group) {
      return bytes.getOrDefault(group, 0L);
    }

    @Override
    public long writes(GroupId group) {
      return writes.getOrDefault(group, 0L);
    }

    @Override
    public long reads(GroupId group) {
      return 0;
    }

    @Override
    public long busyNanos(GroupId group) {
      return 0;
    }

    @Override
    public long keys(GroupId group, KeyRange range) {
      return map.shards().stream().anyMatch(shard -> shard.range().equals(range)) ? 100 : 50;
    }

    @Override
    public @Nullable Key key(GroupId group, KeyRange range, long below) {
      return Key.utf8(range.start() + "key" + (char) ('0' + below));
    }

    @Override
    public List<Key> written(GroupId group, KeyRange range) {
      List<Key> keys = new ArrayList<>();
      for (int i = 0; i < 64; i++) {
        keys.add(Key.utf8("w" + (char) ('0' + i)));
      }
      return keys;
    }
  }

  private static List<String> outcomes(PlanDriver driver) {
    return driver.answer(PlanRequest.getDefaultInstance()).getDoneList().stream()
        .map(PlanResponse.Step::getOutcome)
        .toList();
  }

  @Test
  void aSplitIsAskedForAndFollowedToItsEnd() {
    var fake = new Fake();
    fake.bytes.put(GroupId.ROOT, 2_000L);
    PlanDriver driver = fake.driver(ON);
    fake.loop.advance(PlanDriver.INTERVAL_MILLIS);
    assertThat(fake.asked).hasSize(1);
    assertThat(fake.asked.getFirst().hasSplit()).isTrue();
    assertThat(outcomes(driver)).containsExactly("asked for");
    fake.answer(ChangeShardsResponse.newBuilder().setHandover(Fake.handover(7)));
    fake.status(7, HandoverStatus.Phase.COPYING);
    assertThat(outcomes(driver)).containsExactly("handover 7 is under way");
    fake.status(7, HandoverStatus.Phase.DONE);
    assertThat(outcomes(driver))
        .containsExactly("done: handover 7, 9 records, the range stood still for 4 ms");
  }

  @Test
  void whatIsRefusedAbandonedOrNotKnownIsSaid() {
    var fake = new Fake();
    fake.bytes.put(GroupId.ROOT, 2_000L);
    PlanDriver driver = fake.driver(ON);
    fake.loop.advance(PlanDriver.INTERVAL_MILLIS);
    fake.answer(ChangeShardsResponse.newBuilder().setRefusal("there is one already"));
    fake.loop.advance(2 * PlanDriver.INTERVAL_MILLIS);
    fake.answers.getLast().fail("no leader");
    fake.loop.advance(2 * PlanDriver.INTERVAL_MILLIS);
    fake.answer(ChangeShardsResponse.newBuilder().setHandover(Fake.handover(3)));
    fake.status(3, HandoverStatus.Phase.ABANDONED);
    assertThat(outcomes(driver))
        .startsWith(
            "refused: there is one already",
            "not known: no leader",
            "handover 3 was abandoned: why");
  }

  /// One that is asked for is not in the list of handovers yet.
  @Test
  void nothingElseBeginsWhileAChangeIsNotAnswered() {
    var fake = new Fake();
    fake.group(1, "m");
    fake.leaders.put(new GroupId(1), new NodeId(2));
    fake.bytes.put(GroupId.ROOT, 2_000L);
    fake.bytes.put(new GroupId(1), 2_000L);
    PlanDriver driver = fake.driver(ON);
    fake.loop.advance(MINUTE);
    assertThat(fake.asked).hasSize(1);
    assertThat(driver.answer(PlanRequest.getDefaultInstance()).getNextList())
        .extracting(PlanResponse.Step::getOutcome)
        .contains("held: 1 under way, and no more than 1 at once");
  }

  @Test
  void writesOfTheOrderMakeTheLoad() {
    var fake = new Fake();
    PlanDriver driver = fake.driver(ON);
    for (int i = 0; i < 30; i++) {
      fake.loop.advance(PlanDriver.INTERVAL_MILLIS);
      fake.writes.merge(GroupId.ROOT, 3_000L * PlanDriver.INTERVAL_MILLIS / 1_000, Long::sum);
    }
    assertThat(fake.asked).hasSize(1);
    PlanResponse.Step step = driver.answer(PlanRequest.getDefaultInstance()).getDone(0);
    assertThat(step.getReason()).contains("3000 writes/s, above 1000");
    assertThat(step.getChange()).isEqualTo(fake.asked.getFirst());
    assertThat(step.getAtSeconds()).isPositive();
  }

  @Test
  void onlyTheNewestDecisionsAreKept() {
    var fake = new Fake();
    fake.bytes.put(GroupId.ROOT, 2_000L);
    PlanDriver driver = fake.driver(ON);
    for (int i = 0; i < 80; i++) {
      fake.loop.advance(2 * PlanDriver.INTERVAL_MILLIS);
      fake.answer(ChangeShardsResponse.newBuilder().setRefusal("no " + i));
    }
    assertThat(outcomes(driver)).hasSize(PlanLog.KEPT).endsWith("refused: no 79");
  }

  @Test
  void whoeverDoesNotLeadPlansNothingAndForgets() {
    var fake = new Fake();
    fake.bytes.put(GroupId.ROOT, 2_000L);
    PlanDriver driver = fake.driver(ON.with(PlannerMode.OFF));
    assertThat(switched(driver, true).getEnabled()).isTrue();
    fake.loop.advance(PlanDriver.INTERVAL_MILLIS);
    assertThat(fake.asked).hasSize(1);
    fake.leads = false;
    fake.loop.advance(MINUTE);
    assertThat(driver.answer(PlanRequest.getDefaultInstance()))
        .isEqualTo(PlanResponse.getDefaultInstance());
    fake.leads = true;
    fake.loop.advance(MINUTE);
    assertThat(fake.asked).as("off, as its settings say").hasSize(1);
    assertThat(outcomes(driver)).isEmpty();
  }

  private static PlanResponse switched(PlanDriver driver, boolean on) {
    return driver.answer(PlanRequest.newBuilder().setEnable(on).build());
  }

  @Test
  void switchedOffItSaysWhatItWouldDo() {
    var fake = new Fake();
    fake.bytes.put(GroupId.ROOT, 2_000L);
    PlanDriver driver = fake.driver(ON);
    PlanResponse told = switched(driver, false);
    assertThat(told.getEnabled()).isFalse();
    assertThat(told.getNext(0).getAction()).startsWith("split --at ");
    assertThat(told.getNext(0).getOutcome()).isEqualTo("held: the planner is set to off");
    fake.loop.advance(MINUTE);
    assertThat(fake.asked).isEmpty();
    assertThat(switched(driver, true).getNext(0).getOutcome()).isEqualTo("begins next");
  }

  @Test
  void leadersMoveWithTheStandardSettings() {
    var fake = new Fake();
    for (int i = 1; i <= 4; i++) {
      fake.group(i, "k" + i);
    }
    fake.driver(PlannerSettings.STANDARD);
    fake.bytes.put(GroupId.ROOT, Long.MAX_VALUE / 2);
    fake.loop.advance(MINUTE);
    assertThat(fake.asked).isNotEmpty().allMatch(ChangeShardsRequest::hasTransfer);
    assertThat(fake.asked.getFirst().getTransfer().getNode()).isEqualTo(2);
  }

  /// A group that the map names is opened here a moment later.
  @Test
  void thereIsNoPlanWhileAGroupIsNotOpenHere() {
    var fake = new Fake();
    fake.group(1, "m");
    fake.bytes.put(GroupId.ROOT, 2_000L);
    fake.leaders.remove(new GroupId(1));
    PlanDriver driver = fake.driver(ON);
    fake.loop.advance(MINUTE);
    assertThat(fake.asked).isEmpty();
    assertThat(driver.answer(PlanRequest.getDefaultInstance()).getNextList()).isEmpty();
  }

  @Test
  void afterTheEndNothingRuns() {
    var fake = new Fake();
    fake.bytes.put(GroupId.ROOT, 2_000L);
    PlanDriver driver = fake.driver(ON);
    driver.stop();
    fake.loop.advance(MINUTE);
    assertThat(fake.asked).isEmpty();
    assertThat(fake.loop.queued()).isZero();
  }
}
