package io.flotilla.raft.ordered;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.raft.shard.Seeds;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random commands, transactions and faults: replicas agree wherever they are at the same place,
/// and whatever was answered is what one store would have answered in the order of the revisions.
class OrderedModelTest {
  static LongStream seeds() {
    return Seeds.of(30);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void replicasAgreeAndAnswersAreInOneOrder(long seed) {
    try (var world = new OrderedWorld(seed)) {
      world.lead(1);
      for (int i = 0; i < 1200; i++) {
        step(world, world.random);
      }
      world.settle();
      assertThat(world.answers).isGreaterThan(10);
      assertThat(world.commits).isPositive();
    }
  }

  private static void step(OrderedWorld world, Random random) {
    int some = random.nextInt(world.replicas.size());
    if (!world.isLed() && random.nextInt(10) == 0) {
      world.lead(1 + random.nextInt(world.replicas.size() - 1));
    }
    switch (random.nextInt(44)) {
      case 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 -> world.client();
      case 40, 41, 42, 43 -> world.compareAndSet();
      case 10, 11, 12, 13, 14, 15, 16 -> world.apply(some, 1 + random.nextInt(3));
      case 17, 18, 19, 20 -> world.commit();
      case 21, 22, 23, 24, 25 -> world.offer(some, 1 + random.nextInt(3));
      case 26, 27, 28 -> world.cut();
      case 29, 30 -> world.pump();
      case 31, 32 -> world.prepare();
      case 33 -> world.barrier();
      case 34 -> world.advance(some);
      case 35 -> world.repeat();
      case 36 -> {
        if (random.nextInt(4) == 0) {
          world.compact();
        }
      }
      case 37 -> {
        if (random.nextInt(4) == 0) {
          world.abortOne();
        }
      }
      case 38 -> world.root.skip(random.nextInt(3));
      default -> fault(world, random);
    }
  }

  private static void fault(OrderedWorld world, Random random) {
    int some = 1 + random.nextInt(world.replicas.size() - 1);
    switch (random.nextInt(6)) {
      case 0 -> world.lead(some);
      case 1 -> world.restart(some);
      case 2 -> world.install(random.nextInt(world.replicas.size()), some);
      default -> world.replicas.get(some).checkpoint();
    }
  }
}
