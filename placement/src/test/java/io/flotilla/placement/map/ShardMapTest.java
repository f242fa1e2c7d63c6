package io.flotilla.placement.map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.Epoch;
import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.placement.testing.Seeds;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class ShardMapTest {
  private static final GroupId ROOT = GroupId.ROOT;
  private static final GroupId G1 = new GroupId(1);
  private static final GroupId G2 = new GroupId(2);

  @Test
  void newClusterIsServedByTheRootGroup() {
    var map = ShardMap.initial();
    assertThat(map.epoch()).isEqualTo(Epoch.FIRST);
    assertThat(map.locate(Key.utf8("any")).group()).isEqualTo(ROOT);
    assertThat(map.onlyGroup(KeyRange.ALL)).isEqualTo(ROOT);
  }

  @Test
  void splitGivesTheUpperPartAway() {
    var map = ShardMap.initial().split(Key.utf8("m"), G1);
    assertThat(map.epoch()).isEqualTo(new Epoch(2));
    assertThat(map.locate(Key.utf8("l\u00ff")).group()).isEqualTo(ROOT);
    assertThat(map.locate(Key.utf8("m")).group()).isEqualTo(G1);
    assertThat(map.onlyGroup(range("a", "n"))).isNull();
    assertThat(map.onlyGroup(range("a", "m"))).isEqualTo(ROOT);
  }

  @Test
  void rangeIsLocatedInKeyOrder() {
    var map = ShardMap.initial().split(Key.utf8("m"), G1).split(Key.utf8("t"), G2);
    assertThat(groups(map.locate(KeyRange.ALL))).containsExactly(ROOT, G1, G2);
    assertThat(groups(map.locate(range("m", "t")))).containsExactly(G1);
    assertThat(groups(map.locate(range("m", "t\0")))).containsExactly(G1, G2);
    assertThat(map.locate(range("t", "a"))).isEmpty();
    assertThat(map.onlyGroup(range("t", "a"))).isNull();
  }

  @Test
  void mergeGivesTheUpperPartBack() {
    var map = ShardMap.initial().split(Key.utf8("m"), G1);
    var merged = map.merge(Key.utf8("m"));
    assertThat(merged.shards()).isEqualTo(ShardMap.initial().shards());
    assertThat(merged.epoch()).as("never the epoch it was before").isEqualTo(new Epoch(3));
  }

  @Test
  void moveChangesTheGroupOnly() {
    var map = ShardMap.initial().split(Key.utf8("m"), G1).move(Key.utf8("m"), G2);
    assertThat(groups(map.shards())).containsExactly(ROOT, G2);
  }

  @Test
  void handoverCutsAndJoinsShards() {
    var map = ShardMap.initial().handOver(range("g", "p"), G1);
    assertThat(map.epoch()).isEqualTo(new Epoch(2));
    assertThat(groups(map.shards())).containsExactly(ROOT, G1, ROOT);
    map = map.handOver(range("p", null), G1);
    assertThat(groups(map.shards())).as("neighbours of one group join").containsExactly(ROOT, G1);
    map = map.handOver(range("k", "l"), G2);
    assertThat(groups(map.shards())).containsExactly(ROOT, G1, G2, G1);
    map = map.handOver(range("k", "l"), G1).handOver(range("g", null), ROOT);
    assertThat(map.shards()).isEqualTo(ShardMap.initial().shards());
    assertThat(map.epoch()).isEqualTo(new Epoch(6));
  }

  @Test
  void wholeKeySpaceMayChangeHands() {
    var map = ShardMap.initial().handOver(KeyRange.ALL, G1);
    assertThat(groups(map.shards())).containsExactly(G1);
    assertThat(map.ranges(ROOT)).isEmpty();
    assertThat(map.groups()).containsExactly(G1);
  }

  @Test
  void rangesOfAGroupTouchNoOther() {
    var apart = map(range("", "g"), range("g", "p"), range("p", null));
    assertThat(apart.ranges(ROOT)).containsExactly(KeyRange.ALL);
    var map = ShardMap.initial().split(Key.utf8("g"), G1).split(Key.utf8("p"), ROOT);
    assertThat(map.ranges(ROOT)).containsExactly(range("", "g"), range("p", null));
    assertThat(map.ranges(G2)).isEmpty();
    assertThat(map.groups()).containsExactly(ROOT, G1);
  }

  @Test
  void handoverFromSeveralGroupsOrToTheOwnerIsRefused() {
    var map = ShardMap.initial().split(Key.utf8("m"), G1);
    assertThatThrownBy(() -> map.handOver(range("l", "n"), G2)).isInstanceOf(refusal());
    assertThatThrownBy(() -> map.handOver(range("n", "n"), G2)).isInstanceOf(refusal());
    assertThatThrownBy(() -> map.handOver(range("n", "o"), G1)).isInstanceOf(refusal());
  }

  @Test
  void impossibleChangesAreRefused() {
    var map = ShardMap.initial().split(Key.utf8("m"), G1);
    assertThatThrownBy(() -> map.split(Key.utf8("m"), G2)).isInstanceOf(refusal());
    assertThatThrownBy(() -> map.split(Key.utf8(""), G2)).isInstanceOf(refusal());
    assertThatThrownBy(() -> map.merge(Key.utf8("n"))).isInstanceOf(refusal());
    assertThatThrownBy(() -> map.merge(Key.utf8(""))).isInstanceOf(refusal());
    assertThatThrownBy(() -> map.move(Key.utf8("n"), G2)).isInstanceOf(refusal());
    assertThatThrownBy(() -> map.move(Key.utf8("m"), G1)).isInstanceOf(refusal());
  }

  @Test
  void shardsThatDoNotCoverEveryKeyOnceAreNoMap() {
    assertThatThrownBy(() -> map()).isInstanceOf(refusal());
    assertThatThrownBy(() -> map(range("a", null))).isInstanceOf(refusal());
    assertThatThrownBy(() -> map(range("", "m"))).isInstanceOf(refusal());
    assertThatThrownBy(() -> map(range("", "m"), range("n", null))).isInstanceOf(refusal());
    assertThatThrownBy(() -> map(range("", "m"), range("l", null))).isInstanceOf(refusal());
    assertThatThrownBy(() -> map(range("", null), range("m", null))).isInstanceOf(refusal());
    assertThatThrownBy(() -> map(range("", ""), range("", null))).isInstanceOf(refusal());
  }

  @Test
  void malformedMessagesAreRefused() {
    var good = ShardMapCodec.encode(ShardMap.initial().split(Key.utf8("m"), G1));
    var bad =
        List.of(
            good.toBuilder().setEpoch(0).build(),
            good.toBuilder().clearShards().build(),
            good.toBuilder().removeShards(0).build(),
            good.toBuilder().setShards(0, good.getShards(0).toBuilder().setGroup(-1)).build());
    bad.forEach(m -> assertThatThrownBy(() -> ShardMapCodec.decode(m)).isInstanceOf(refusal()));
  }

  /// The model: which group serves each of a small alphabet of keys.
  @Test
  void changesKeepTheCoverAndTouchOnlyTheirKeys() {
    Seeds.forEach(
        random -> {
          var map = ShardMap.initial();
          int[] owner = new int[KEYS];
          for (int step = 0; step < 200; step++) {
            map = change(map, owner, random);
            assertThat(map.epoch()).isEqualTo(new Epoch(step + 2));
            assertThat(ShardMapCodec.decode(ShardMapCodec.encode(map))).isEqualTo(map);
            checkOwners(map, owner);
            checkRange(map, random);
          }
        });
  }

  private static final int KEYS = 64;

  private static ShardMap change(ShardMap map, int[] owner, Random random) {
    return random.nextBoolean() ? changeShards(map, owner, random) : handOver(map, owner, random);
  }

  private static ShardMap handOver(ShardMap map, int[] owner, Random random) {
    int from = random.nextInt(KEYS);
    int to = from + 1;
    while (to < KEYS && owner[to] == owner[from] && random.nextInt(8) > 0) {
      to++;
    }
    int group = random.nextInt(5);
    group = group == owner[from] ? group + 1 : group;
    java.util.Arrays.fill(owner, from, to, group);
    ShardMap next =
        map.handOver(new KeyRange(key(from), to == KEYS ? null : key(to)), new GroupId(group));
    for (int i = 1; i < next.shards().size(); i++) {
      assertThat(next.shards().get(i).group()).isNotEqualTo(next.shards().get(i - 1).group());
    }
    return next;
  }

  private static ShardMap changeShards(ShardMap map, int[] owner, Random random) {
    int size = map.shards().size();
    var borders = map.shards().stream().map(s -> number(s.range().start())).toList();
    int group = random.nextInt(1, 100);
    int at = random.nextInt(1, KEYS);
    if (random.nextInt(3) == 0 && size > 1) {
      int border = borders.get(random.nextInt(1, size));
      int lower = owner[border - 1];
      fill(map, owner, border, lower);
      return map.merge(key(border));
    }
    if (borders.contains(at)) {
      group = owner[at] == group ? group + 1 : group;
      fill(map, owner, at, group);
      return map.move(key(at), new GroupId(group));
    }
    fill(map, owner, at, group);
    return map.split(key(at), new GroupId(group));
  }

  private static void fill(ShardMap map, int[] owner, int from, int group) {
    Key end = map.locate(key(from)).range().end();
    int to = end == null ? KEYS : number(end);
    java.util.Arrays.fill(owner, from, to, group);
  }

  private static void checkOwners(ShardMap map, int[] owner) {
    for (int i = 0; i < KEYS; i++) {
      Shard shard = map.locate(key(i));
      assertThat(shard.group().value()).isEqualTo(owner[i]);
      assertThat(shard.range().contains(key(i))).isTrue();
      Key key = key(i);
      for (GroupId group : map.groups()) {
        assertThat(map.ranges(group).stream().anyMatch(range -> range.contains(key)))
            .isEqualTo(group.equals(shard.group()));
      }
    }
  }

  private static void checkRange(ShardMap map, Random random) {
    var range = new KeyRange(key(random.nextInt(KEYS)), key(random.nextInt(KEYS)));
    var expected = map.shards().stream().filter(s -> meet(s.range(), range)).toList();
    assertThat(map.locate(range)).isEqualTo(expected);
  }

  /// By trying every key of these tests.
  private static boolean meet(KeyRange a, KeyRange b) {
    return IntStream.range(0, KEYS)
        .mapToObj(ShardMapTest::key)
        .anyMatch(key -> a.contains(key) && b.contains(key));
  }

  private static Key key(int number) {
    return Key.of(number == 0 ? new byte[0] : new byte[] {(byte) (number * 4)});
  }

  private static int number(Key key) {
    return key.isEmpty() ? 0 : (key.bytes()[0] & 0xff) / 4;
  }

  private static ShardMap map(KeyRange... ranges) {
    List<Shard> shards = new ArrayList<>();
    for (KeyRange range : ranges) {
      shards.add(new Shard(range, ROOT));
    }
    return new ShardMap(Epoch.FIRST, shards);
  }

  private static KeyRange range(String start, @Nullable String end) {
    return new KeyRange(Key.utf8(start), end == null ? null : Key.utf8(end));
  }

  private static List<GroupId> groups(List<Shard> shards) {
    return shards.stream().map(Shard::group).toList();
  }

  private static Class<? extends Throwable> refusal() {
    return IllegalArgumentException.class;
  }
}
