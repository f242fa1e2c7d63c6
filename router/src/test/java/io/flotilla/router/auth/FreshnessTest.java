package io.flotilla.router.auth;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.Rejection;
import io.flotilla.placement.auth.AuthFacts;
import org.junit.jupiter.api.Test;

/// What a node may go by is as old as the beginning of its last question.
class FreshnessTest {
  private final ManualClock clock = new ManualClock();
  private final FakeRoot root = new FakeRoot();
  private final Freshness freshness = new Freshness(root, clock);

  @Test
  void nothingHoldsBeforeTheFirstAnswer() {
    assertThat(freshness.holds()).isFalse();
    assertThat(root.reads).as("but it is asked for").hasSize(1);
    assertThat(freshness.holds()).isFalse();
    assertThat(root.reads).as("once").hasSize(1);
  }

  @Test
  void anAnswerHoldsForASecondFromTheQuestionOn() {
    var renewed = freshness.renew(0);
    clock.pass(400);
    assertThat(freshness.holds()).isFalse();
    root.reads.getFirst().complete(AuthFacts.NONE);
    assertThat(renewed.succeeded()).isTrue();
    assertThat(freshness.holds()).isTrue();
    clock.pass(599);
    assertThat(freshness.holds()).isTrue();
    clock.pass(1);
    assertThat(freshness.holds()).isFalse();
  }

  @Test
  void itIsRenewedWhileItIsUsedBeforeItEnds() {
    freshness.renew(0);
    root.reads.removeFirst().complete(AuthFacts.NONE);
    clock.pass(500);
    assertThat(freshness.holds()).isTrue();
    assertThat(root.reads).isEmpty();
    clock.pass(1);
    assertThat(freshness.holds()).isTrue();
    assertThat(root.reads).hasSize(1);
    root.reads.removeFirst().complete(AuthFacts.NONE);
    clock.pass(800);
    assertThat(freshness.holds()).isTrue();
  }

  @Test
  void aQuestionWithoutAnAnswerProvesNothingAndIsAskedAgain() {
    assertThat(freshness.holds()).isFalse();
    root.reads.removeFirst().fail(new Rejection.TimedOut().asException());
    assertThat(freshness.holds()).isFalse();
    assertThat(root.reads).hasSize(1);
  }

  /// A late answer to an early question does not shorten what a later one gave.
  @Test
  void theLatestQuestionCounts() {
    freshness.renew(0);
    clock.pass(900);
    freshness.renew(0);
    root.reads.get(1).complete(AuthFacts.NONE);
    root.reads.get(0).complete(AuthFacts.NONE);
    clock.pass(900);
    assertThat(freshness.holds()).isTrue();
  }
}
