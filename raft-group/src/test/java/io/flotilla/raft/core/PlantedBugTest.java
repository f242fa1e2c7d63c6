package io.flotilla.raft.core;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.InvariantViolation;
import io.flotilla.base.NodeId;
import java.util.function.ToLongFunction;
import org.junit.jupiter.api.Test;

/// The checkers are trusted because each of these broken rules makes one of them fire.
class PlantedBugTest {
  private static final int SEEDS_MAX = 3000;

  /// The message of the first violation that the property run finds with `broken` rules.
  private static String violationWith(Rules broken) {
    for (long seed = 1; seed <= SEEDS_MAX; seed++) {
      try {
        new Chaos(seed, broken).run(6_000);
      } catch (InvariantViolation violation) {
        return violation.getMessage();
      }
    }
    return "none";
  }

  @Test
  void votingTwiceInATermIsNoticed() {
    var broken =
        new Rules() {
          @Override
          boolean freeToVote(NodeId vote, NodeId candidate) {
            return true;
          }
        };
    assertThat(violationWith(broken)).isNotEqualTo("none");
  }

  @Test
  void votingForAShorterLogIsNoticed() {
    var broken =
        new Rules() {
          @Override
          boolean upToDate(EntryId candidate, EntryId own) {
            return true;
          }
        };
    assertThat(violationWith(broken)).isNotEqualTo("none");
  }

  @Test
  void answerBeforePersistIsNoticed() {
    var broken =
        new Rules() {
          @Override
          boolean promisesWaitForPersist() {
            return false;
          }
        };
    assertThat(violationWith(broken)).isNotEqualTo("none");
  }

  @Test
  void committingWithoutTheOutgoingMajorityIsNoticed() {
    var broken =
        new Rules() {
          @Override
          long reached(Membership membership, ToLongFunction<NodeId> numberOf) {
            return Quorum.majorityReached(membership.voters(), numberOf);
          }
        };
    assertThat(violationWith(broken)).isNotEqualTo("none");
  }

  @Test
  void committingWithoutAMajorityIsNoticed() {
    var broken =
        new Rules() {
          @Override
          long reached(Membership membership, ToLongFunction<NodeId> numberOf) {
            long[] best = {0};
            membership
                .voters()
                .forEach(id -> best[0] = Math.max(best[0], numberOf.applyAsLong(id)));
            return best[0];
          }
        };
    assertThat(violationWith(broken)).isNotEqualTo("none");
  }

  @Test
  void readWithoutProofOfLeadershipIsNoticed() {
    var broken =
        new Rules() {
          @Override
          boolean readsNeedProof() {
            return false;
          }
        };
    assertThat(violationWith(broken)).contains("a read is not stale");
  }

  @Test
  void readBeforeTheOwnTermCommitsIsNoticed() {
    var broken =
        new Rules() {
          @Override
          boolean readsNeedOwnCommit() {
            return false;
          }
        };
    assertThat(violationWith(broken)).contains("a read is not stale");
  }

  /// Rare by chance, so the schedule of Raft figure 8 is played by hand.
  @Test
  void countingCopiesOfAnOldTermIsNoticed() {
    var broken =
        new Rules() {
          @Override
          boolean commitsByCounting(long entryTerm, long currentTerm) {
            return true;
          }
        };
    assertThat(Figure8.play(broken)).contains("a leader's log holds what is committed");
    assertThat(Figure8.play(new Rules())).isEqualTo("none");
  }
}
