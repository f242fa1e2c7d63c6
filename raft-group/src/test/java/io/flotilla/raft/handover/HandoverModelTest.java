package io.flotilla.raft.handover;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.raft.shard.OwnKeys;
import io.flotilla.raft.shard.ShardQuery;
import io.flotilla.raft.shard.TestShard;
import io.flotilla.storage.btree.Cursor;
import io.flotilla.storage.mvcc.HashRun;
import io.flotilla.storage.mvcc.HistoryScan;
import io.flotilla.storage.mvcc.KeyValue;
import io.flotilla.storage.mvcc.MvccStore;
import io.flotilla.storage.mvcc.RangeScan;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random histories and handovers against one store that has all keys.
final class HandoverModelTest {
  static LongStream seeds() {
    Long replay = Long.getLong("seed");
    long first = new Random().nextLong(1L << 40);
    return replay != null
        ? LongStream.of(replay)
        : LongStream.concat(LongStream.rangeClosed(1, 40), LongStream.range(first, first + 20));
  }

  @ParameterizedTest(name = "-Dseed={0}")
  @MethodSource("seeds")
  void keysKeepTheirHistoryWhereverTheyGo(long seed) {
    try (var world = new HandoverWorld(seed)) {
      int steps = 300 + world.random.nextInt(900);
      for (int i = 0; i < steps; i++) {
        world.step();
        if (world.random.nextInt(8) == 0) {
          compareSomething(world);
        }
      }
      world.settle();
      compareEverything(world);
      rest(world);
      compareEverything(world);
    }
  }

  /// A replica on its way: its own keys at a revision that it has.
  private static void compareSomething(HandoverWorld world) {
    ModelGroup group = world.groups.get(world.random.nextInt(world.groups.size()));
    TestShard shard = group.replica().shard;
    MvccStore store = shard.store;
    long low = Math.max(1, Math.max(store.compactRevision(), world.reference().compactRevision()));
    if (low <= store.revision()) {
      long at = low + world.random.nextLong(store.revision() - low + 1);
      compareAt(shard, world.reference(), at);
    }
  }

  private static void compareAt(TestShard shard, MvccStore whole, long at) {
    for (KeyRange range : shard.machine.own().ranges()) {
      List<String> expected = range(whole, range, at);
      assertThat(range(shard.store, range, at)).as("at " + at).isEqualTo(expected);
      assertThat(shard.store.count(range, at)).as("at " + at).isEqualTo(expected.size());
    }
  }

  private static void compareEverything(HandoverWorld world) {
    MvccStore whole = world.reference();
    for (ModelGroup group : world.groups) {
      for (ModelGroup.Replica replica : group.replicas()) {
        replica.verify();
        assertThat(replica.shard.machine.own()).isEqualTo(group.own());
        compare(replica.shard, whole);
      }
    }
  }

  private static void compare(TestShard shard, MvccStore whole) {
    OwnKeys own = shard.machine.own();
    assertThat(shard.store.revision()).isEqualTo(whole.revision());
    assertThat(shard.store.compactRevision()).isEqualTo(whole.compactRevision());
    long oldest = Math.max(1, whole.compactRevision());
    for (long at = oldest; at <= whole.revision(); at++) {
      compareAt(shard, whole, at);
    }
    var ranges = own.ranges();
    assertThat(history(shard.store.history(ranges, oldest, Long.MAX_VALUE)))
        .isEqualTo(history(whole.history(ranges, oldest, Long.MAX_VALUE)));
    for (long lease = 1; lease < 4; lease++) {
      List<Key> expected = whole.keysOfLease(lease).stream().filter(own::contains).toList();
      assertThat(shard.read(new ShardQuery.KeysOfLease(lease))).isEqualTo(expected);
      assertThat(shard.machine.keysOfLeaseNow(lease)).isEqualTo(expected);
    }
    for (long at : new long[] {oldest, (oldest + whole.revision()) / 2, whole.revision()}) {
      assertThat((int) shard.hash(at)).as("hash at " + at).isEqualTo(hash(whole, own, at));
    }
  }

  private static int hash(MvccStore whole, OwnKeys own, long at) {
    try (HashRun run = whole.openHash(at, own.ranges())) {
      while (run.step(50)) {
        // to the end
      }
      return run.result().hash();
    }
  }

  private static List<String> range(MvccStore store, KeyRange range, long at) {
    List<String> pairs = new ArrayList<>();
    RangeScan scan = store.scan(range, at);
    while (scan.next()) {
      KeyValue pair = scan.keyValue();
      pairs.add(text(pair));
      assertThat(text(store.get(pair.key(), at))).isEqualTo(text(pair));
    }
    return pairs;
  }

  private static String text(KeyValue pair) {
    return "%s=%s %d.%d.%d lease %d"
        .formatted(
            pair.key(),
            Arrays.toString(pair.value()),
            pair.createRevision(),
            pair.modRevision(),
            pair.version(),
            pair.lease());
  }

  private static List<String> history(HistoryScan scan) {
    List<String> changes = new ArrayList<>();
    while (scan.next()) {
      KeyValue before = scan.previous();
      changes.add(
          "%d.%d %s after %s"
              .formatted(
                  scan.revision(),
                  scan.subRevision(),
                  scan.tombstone() ? scan.key() + " gone" : text(scan.keyValue()),
                  before == null ? "nothing" : text(before)));
    }
    return changes;
  }

  /// Nothing is left of what a group does not have.
  private static void rest(HandoverWorld world) {
    for (ModelGroup group : world.groups) {
      for (ModelGroup.Replica replica : group.replicas()) {
        replica.rest();
        assertThat(replica.shard.machine.handovers().isIdle()).isTrue();
        Cursor keys = replica.shard.file().tree("keys").cursor();
        for (boolean more = keys.first(); more; more = keys.next()) {
          assertThat(group.own().contains(Key.of(keys.key()))).isTrue();
        }
        Cursor leases = replica.shard.file().tree("leases").cursor();
        for (boolean more = leases.first(); more; more = leases.next()) {
          byte[] key = leases.key();
          Key user = Key.of(Arrays.copyOfRange(key, Long.BYTES, key.length));
          assertThat(group.own().contains(user)).isTrue();
        }
      }
    }
  }
}
