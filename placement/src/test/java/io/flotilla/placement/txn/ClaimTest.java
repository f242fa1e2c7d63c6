package io.flotilla.placement.txn;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class ClaimTest {
  private static final Set<GroupId> ONE = Set.of(new GroupId(1));
  private static final Set<GroupId> TWO = Set.of(new GroupId(2));

  private static KeyRange range(String start, String end) {
    return new KeyRange(Key.utf8(start), Key.utf8(end));
  }

  private static Claim handover(String start, String end, Set<GroupId> source) {
    return new Claim(List.of(range(start, end)), source, 0, true);
  }

  private static void assertConflict(Claim one, Claim other, boolean expected) {
    assertThat(one.conflicts(other)).isEqualTo(expected);
    assertThat(other.conflicts(one)).isEqualTo(expected);
  }

  @Test
  void aHandoverKeepsTransactionsAwayFromItsKeysOnly() {
    Claim handover = handover("c", "g", ONE);
    assertConflict(handover, new Claim(List.of(range("f", "k")), ONE, 0), true);
    assertConflict(handover, new Claim(List.of(range("a", "c"), range("g", "k")), ONE, 0), false);
    assertConflict(handover, handover("a", "d", TWO), true);
    assertConflict(handover, handover("h", "k", TWO), false);
  }

  @Test
  void aHandoverKeepsAllRevocationsAway() {
    assertConflict(handover("c", "g", ONE), new Claim(List.of(), ONE, 7), true);
    assertConflict(handover("c", "g", ONE), new Claim(List.of(), TWO, 7), true);
    assertConflict(handover("c", "g", Set.of()), new Claim(List.of(), Set.of(), 7), true);
  }

  @Test
  void revocationsKeepTransactionsAwayFromTheirGroups() {
    Claim revocation = new Claim(List.of(), ONE, 7);
    assertConflict(revocation, new Claim(List.of(range("a", "b")), ONE, 0), true);
    assertConflict(revocation, new Claim(List.of(range("a", "b")), TWO, 0), false);
    assertConflict(revocation, new Claim(List.of(), ONE, 8), false);
    assertConflict(revocation, new Claim(List.of(), TWO, 7), true);
  }
}
