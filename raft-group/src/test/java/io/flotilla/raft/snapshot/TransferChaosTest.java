package io.flotilla.raft.snapshot;

import java.util.SplittableRandom;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Faults of all kinds at random, then none: the state arrives, whole and once. One seed:
/// `-Dseed=17`; more: `-Dseeds=5000`.
class TransferChaosTest {
  static LongStream seeds() {
    Long one = Long.getLong("seed");
    return one != null ? LongStream.of(one) : LongStream.rangeClosed(1, Long.getLong("seeds", 200));
  }

  @ParameterizedTest(name = "-Dseed={0}")
  @MethodSource("seeds")
  void stateArrivesOnceTheFaultsEnd(long seed) {
    var world = new TransferWorld(TransferWorld.LIMITS, seed, 2_000);
    var random = new SplittableRandom(seed);
    world.net.wire =
        frame -> {
          int dice = random.nextInt(60);
          if (dice == 0) {
            return SimNet.LOST;
          }
          boolean damage = dice == 1 && frame != null && TransferWorld.isChunk(frame);
          return damage && frame != null ? TransferWorld.damaged(frame) : frame;
        };
    world.begin();
    for (int i = 0; i < 12; i++) {
      world.loop.advanceMillis(random.nextInt(60));
      switch (random.nextInt(6)) {
        case 0, 1 -> world.net.cut(world.leader.id, world.follower.id);
        case 2, 3 -> world.net.join(world.leader.id, world.follower.id);
        case 4 -> world.follower.restart();
        default -> world.follower.disk.capacityBytes(random.nextInt(8_000));
      }
    }
    world.follower.disk.capacityBytes(Long.MAX_VALUE);
    world.net.join(world.leader.id, world.follower.id);
    world.net.wire = frame -> frame;
    world.finish(60_000);
  }
}
