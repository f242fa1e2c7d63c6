package io.flotilla.raft.ordered;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.raft.shard.Seeds;
import java.util.Random;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/// Random commands, transactions, handovers and faults: replicas agree wherever they are at the
/// same place, and whatever was answered is what one store would have answered in the order of the
/// revisions.
class OrderedModelTest {
  static LongStream seeds() {
    return Seeds.of(30);
  }

  private static int runs;
  private static int handedOver;

  /// One run may well be too short for one.
  @AfterAll
  static void rangesWereHandedOver() {
    assertThat(handedOver).isGreaterThanOrEqualTo(runs / 2);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void replicasAgreeAndAnswersAreInOneOrder(long seed) {
    try (var world = new OrderedWorld(seed)) {
      world.groups.forEach(group -> group.lead(1));
      for (int i = 0; i < 2400; i++) {
        step(world, world.random);
      }
      world.settle();
      runs++;
      handedOver += world.handedOver();
      assertThat(world.answers).isGreaterThan(10);
      assertThat(world.commits).isPositive();
    }
  }

  private static void step(OrderedWorld world, Random random) {
    ModelGroup group = world.any();
    int some = random.nextInt(ModelGroup.REPLICAS);
    if (!group.isLed() && random.nextInt(10) == 0) {
      group.lead(1 + random.nextInt(ModelGroup.REPLICAS - 1));
    }
    switch (random.nextInt(64)) {
      case 0, 1, 2, 3, 4, 5, 6 -> world.client();
      case 7, 8, 9 -> world.compareAndSet();
      case 10, 11, 12, 13, 14, 15, 16, 17 -> world.handOver();
      case 18 -> world.repeatHandover();
      case 19, 20, 21, 22, 23, 24, 25, 26, 27, 28 -> group.apply(some, 1 + random.nextInt(6));
      case 29, 30, 31, 32, 33, 34 -> group.commit();
      case 35, 36, 37, 38, 39, 40, 41, 42, 43 -> group.offer(some, 1 + random.nextInt(6));
      case 44, 45, 46, 47 -> world.cut();
      case 48, 49, 50, 51 -> group.pump();
      case 52, 53, 54 -> world.prepare();
      case 55, 56 -> world.barrier();
      case 57 -> {
        group.advance(some, world.root.revision());
        group.any().machine.tick(0);
      }
      case 58 -> world.repeat();
      case 59 -> {
        if (random.nextInt(4) == 0) {
          world.compact();
        }
      }
      case 60 -> {
        if (random.nextInt(4) == 0) {
          world.abortOne();
        }
      }
      case 61 -> world.root.skip(random.nextInt(3));
      default -> fault(world, group, random);
    }
  }

  private static void fault(OrderedWorld world, ModelGroup group, Random random) {
    int some = 1 + random.nextInt(ModelGroup.REPLICAS - 1);
    switch (random.nextInt(7)) {
      case 0 -> group.lead(some);
      case 1 -> group.restart(some);
      case 2 -> {
        if (group.install(random.nextInt(ModelGroup.REPLICAS), some)) {
          world.installs++;
        }
      }
      case 3 -> group.replicas.get(some).machine.tick(0);
      default -> group.replicas.get(some).checkpoint();
    }
  }
}
