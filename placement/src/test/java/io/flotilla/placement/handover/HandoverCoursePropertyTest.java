package io.flotilla.placement.handover;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.placement.testing.Seeds;
import io.flotilla.proto.admin.HandoverStatus;
import java.util.Random;
import org.junit.jupiter.api.Test;

/// Courses in a world where things go wrong.
class HandoverCoursePropertyTest {
  private static final int SEEDS = 300;
  private static final int MAX_STEPS = 20_000;

  @Test
  void everyHandoverEndsDoneOrAbandonedAndWholeWhateverGoesWrong() {
    Seeds.forEach(SEEDS, random -> run(random, 1 + random.nextInt(12), random.nextBoolean()));
  }

  @Test
  void aHandoverIsDoneWhenNothingGoesWrong() {
    Seeds.forEach(
        50,
        random -> {
          CourseWorld world = run(random, 0, false);
          assertThat(world.course.phase()).isEqualTo(HandoverStatus.Phase.DONE);
          assertThat(world.course.note()).isEmpty();
        });
  }

  private static CourseWorld run(Random random, int faults, boolean cancels) {
    var world = new CourseWorld(random);
    for (int i = random.nextInt(60); i > 0; i--) {
      world.write(1 + random.nextInt(4));
    }
    world.faults = faults;
    world.begin();
    int faulty = random.nextInt(400);
    for (int i = 0; i < MAX_STEPS && !world.isOver(); i++) {
      disturb(world, random, i < faulty && faults > 0, cancels);
      world.faults = i < faulty ? faults : 0;
      world.step();
    }
    assertThat(world.isOver()).as("over, now: %s", world.course.note()).isTrue();
    assertThat(world.committed && world.abandoned).isFalse();
    if (world.committed) {
      world.checkHandedOver();
    }
    checkPhase(world);
    return world;
  }

  private static void disturb(CourseWorld world, Random random, boolean faulty, boolean cancels) {
    if (random.nextInt(4) == 0) {
      world.write(1 + random.nextInt(2));
    }
    if (faulty && random.nextInt(40) == 0) {
      world.changeLeader();
    }
    if (cancels && random.nextInt(300) == 0) {
      world.cancel();
    }
  }

  /// A leader that began after the end drives nothing.
  private static void checkPhase(CourseWorld world) {
    if (world.course.ended()) {
      assertThat(world.course.phase())
          .isEqualTo(world.committed ? HandoverStatus.Phase.DONE : HandoverStatus.Phase.ABANDONED);
      assertThat(world.course.note().isEmpty()).isEqualTo(world.committed);
    }
  }
}
