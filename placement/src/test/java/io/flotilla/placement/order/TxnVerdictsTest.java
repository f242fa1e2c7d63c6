package io.flotilla.placement.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.InvariantViolation;
import io.flotilla.placement.order.TxnVerdicts.Verdict;
import io.flotilla.placement.testing.MapStateTree;
import io.flotilla.placement.testing.Seeds;
import io.flotilla.proto.command.TxnId;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class TxnVerdictsTest {
  private final MapStateTree tree = new MapStateTree();
  private TxnVerdicts verdicts = TxnVerdicts.restore(tree);

  private static TxnId id(long term, long number) {
    return TxnId.newBuilder().setTerm(term).setNumber(number).build();
  }

  @Test
  void onlyIdsOfTheTermAreOpen() {
    verdicts.enterTerm(5);
    assertThat(verdicts.of(id(5, 1))).isEqualTo(Verdict.OPEN);
    assertThat(verdicts.of(id(4, 1))).isEqualTo(Verdict.CLOSED);
    assertThat(verdicts.of(id(6, 1))).isEqualTo(Verdict.CLOSED);
  }

  @Test
  void whatIsCommittedStaysSoAndWhatIsAbortedToo() {
    verdicts.enterTerm(5);
    verdicts.commit(id(5, 2));
    assertThat(verdicts.abort(id(5, 2))).isFalse();
    assertThat(verdicts.of(id(5, 2))).isEqualTo(Verdict.COMMITTED);
    assertThat(verdicts.abort(id(5, 3))).isTrue();
    assertThatThrownBy(() -> verdicts.commit(id(5, 3))).isInstanceOf(InvariantViolation.class);
    verdicts = TxnVerdicts.restore(tree);
    assertThat(verdicts.of(id(5, 2))).isEqualTo(Verdict.COMMITTED);
    assertThat(verdicts.of(id(5, 3))).isEqualTo(Verdict.ABORTED);
    assertThat(verdicts.of(id(5, 1))).isEqualTo(Verdict.OPEN);
  }

  @Test
  void newTermForgetsEverything() {
    verdicts.enterTerm(5);
    verdicts.commit(id(5, 1));
    verdicts.abort(id(5, 2));
    verdicts.enterTerm(7);
    assertThat(tree.size()).as("the term alone").isEqualTo(1);
    assertThat(verdicts.of(id(5, 1))).isEqualTo(Verdict.CLOSED);
    assertThat(verdicts.of(id(7, 2))).isEqualTo(Verdict.OPEN);
    assertThatThrownBy(() -> verdicts.enterTerm(6)).isInstanceOf(InvariantViolation.class);
  }

  @Test
  void runOfCommittedNumbersTakesOnePlace() {
    verdicts.enterTerm(1);
    for (long number = 1; number <= 1000; number += 2) {
      verdicts.commit(id(1, number));
    }
    for (long number = 2; number <= 1000; number += 2) {
      verdicts.commit(id(1, number));
    }
    assertThat(tree.size()).isEqualTo(2);
    verdicts = TxnVerdicts.restore(tree);
    assertThat(verdicts.of(id(1, 1))).isEqualTo(Verdict.COMMITTED);
    assertThat(verdicts.of(id(1, 1000))).isEqualTo(Verdict.COMMITTED);
    assertThat(verdicts.of(id(1, 1001))).isEqualTo(Verdict.OPEN);
  }

  /// Against a map: with room for a few, restarts and new terms. What is forgotten is closed.
  @Test
  void forgettingOnlyEverCloses() {
    Seeds.forEach(TxnVerdictsTest::runAgainstModel);
  }

  private static void runAgainstModel(Random random) {
    int capacity = 1 + random.nextInt(20);
    var tree = new MapStateTree();
    var verdicts = TxnVerdicts.restore(tree, capacity);
    var model = new TreeMap<Long, Verdict>();
    long term = 1;
    verdicts.enterTerm(term);
    for (int step = 0; step < 400; step++) {
      var id = id(term, 1 + random.nextInt(20) + step / 10);
      Verdict before = verdicts.of(id);
      Verdict expected = model.getOrDefault(id.getNumber(), Verdict.OPEN);
      assertThat(before).isIn(expected, Verdict.CLOSED);
      switch (random.nextInt(20)) {
        case 0 -> verdicts = TxnVerdicts.restore(tree, capacity);
        case 1 -> {
          if (random.nextInt(5) == 0) {
            verdicts.enterTerm(++term);
            model.clear();
          }
        }
        case 2, 3, 4, 5 -> {
          boolean gone = verdicts.abort(id);
          assertThat(gone).isEqualTo(before != Verdict.COMMITTED);
          if (before == Verdict.OPEN) {
            model.put(id.getNumber(), Verdict.ABORTED);
          }
        }
        default -> {
          if (before == Verdict.OPEN) {
            verdicts.commit(id);
            model.put(id.getNumber(), Verdict.COMMITTED);
          }
        }
      }
      assertThat(tree.size()).as("bounded").isLessThanOrEqualTo(capacity + 1);
      assertThat(verdicts.of(id(term, 10_000))).isEqualTo(Verdict.OPEN);
    }
  }
}
