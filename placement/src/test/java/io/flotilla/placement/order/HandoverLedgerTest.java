package io.flotilla.placement.order;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.GroupId;
import io.flotilla.base.InvariantViolation;
import io.flotilla.placement.testing.MapStateTree;
import io.flotilla.proto.command.Handover;
import java.util.List;
import org.junit.jupiter.api.Test;

class HandoverLedgerTest {
  private final MapStateTree tree = new MapStateTree();
  private final HandoverLedger ledger = HandoverLedger.restore(tree);

  private Handover begin(int from, int to) {
    return ledger.begin(Handover.newBuilder().setFrom(from).setTo(to).setReason("asked for"));
  }

  @Test
  void treeOfAClusterWithoutHandoversIsEmpty() {
    assertThat(ledger.list()).isEmpty();
    assertThat(ledger.last()).isZero();
    assertThat(tree.size()).isZero();
  }

  @Test
  void handoversAreFoundByNumberAndByTheirGroups() {
    Handover first = begin(0, 1);
    Handover second = begin(2, 3);
    assertThat(ledger.list()).containsExactly(first, second);
    assertThat(ledger.find(2)).isEqualTo(second);
    assertThat(ledger.find(3)).isNull();
    assertThat(ledger.of(GroupId.ROOT)).isEqualTo(first);
    assertThat(ledger.of(new GroupId(3))).isEqualTo(second);
    assertThat(ledger.of(new GroupId(4))).isNull();
  }

  @Test
  void groupTakesPartInOneAtATime() {
    begin(0, 1);
    assertThatThrownBy(() -> begin(1, 2)).isInstanceOf(InvariantViolation.class);
    assertThatThrownBy(() -> begin(2, 0)).isInstanceOf(InvariantViolation.class);
  }

  @Test
  void numbersAreNotGivenOutAgain() {
    begin(0, 1);
    ledger.end(1);
    assertThat(ledger.list()).isEmpty();
    HandoverLedger again = HandoverLedger.restore(tree);
    assertThat(again.last()).isEqualTo(1);
    assertThat(again.begin(Handover.newBuilder().setFrom(1)).getNumber()).isEqualTo(2);
    assertThatThrownBy(() -> again.end(1)).isInstanceOf(InvariantViolation.class);
  }

  @Test
  void restartBringsThemBack() {
    begin(0, 1);
    begin(2, 3);
    begin(4, 5);
    ledger.end(2);
    HandoverLedger again = HandoverLedger.restore(tree);
    assertThat(again.list()).isEqualTo(ledger.list()).hasSize(2);
    assertThat(again.last()).isEqualTo(3);
  }

  @Test
  void listIsTheSameUntilOneBeginsOrEnds() {
    begin(0, 1);
    List<Handover> before = ledger.list();
    ledger.find(1);
    assertThat(ledger.list()).isSameAs(before);
    ledger.end(1);
    assertThat(before).as("what was handed out stays").hasSize(1);
  }
}
