package io.flotilla.placement.order;

import static io.flotilla.placement.order.Items.ONE;
import static io.flotilla.placement.order.Items.TWO;
import static io.flotilla.placement.order.Items.compaction;
import static io.flotilla.placement.order.Items.report;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.placement.testing.MapStateTree;
import io.flotilla.proto.command.Acquire;
import io.flotilla.proto.command.GroupOrder;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.JournalItem;
import java.util.List;
import org.junit.jupiter.api.Test;

class CompletenessTest {
  private final RootOrder state = RootOrder.restore(new MapStateTree());
  private long revision = 10;
  private final Completeness completeness =
      new Completeness(
          new Completeness.Root() {
            @Override
            public long revision() {
              return revision;
            }

            @Override
            public long lastItem(GroupId group) {
              GroupOrder order = state.order(group);
              return order == null ? 0 : order.getLastItem();
            }

            @Override
            public List<JournalItem> read(GroupId group, long fromNumber) {
              return state.journal(group, fromNumber);
            }
          });
  private final FakeReplica one = new FakeReplica(ONE);
  private final FakeReplica two = new FakeReplica(TWO);
  private int told;

  private void add() {
    state.found(Items.groups(2));
    completeness.add(one);
    completeness.add(two);
    completeness.listen(() -> told++);
  }

  private void cut(GroupId group, long executed) {
    JournalItem run = state.cut(report(group, executed, 0), revision);
    revision = run.getRevision();
    completeness.onItems(group, List.of(run));
    completeness.onAdvanced(revision);
  }

  private void process(FakeReplica replica, long item) {
    replica.processed = item;
    completeness.onProcessed(replica.group());
  }

  @Test
  void rootGroupAloneIsCompleteToItsRevision() {
    revision = 99;
    assertThat(completeness.completeTo(GroupId.ROOT)).isEqualTo(99);
    assertThat(completeness.completeToAll()).isEqualTo(99);
    assertThat(completeness.completeTo(ONE)).as("no replica is here").isZero();
  }

  @Test
  void groupIsCompleteUpToWhatItsNextItemDoes() {
    add();
    assertThat(completeness.completeToAll()).isEqualTo(10);
    cut(ONE, 3);
    cut(TWO, 1);
    cut(ONE, 4);
    assertThat(revision).isEqualTo(15);
    assertThat(completeness.completeTo(ONE)).isEqualTo(10);
    assertThat(completeness.completeTo(TWO)).isEqualTo(13);
    assertThat(completeness.completeToAll()).isEqualTo(10);
    assertThat(completeness.behind()).containsExactly(ONE, TWO);

    process(two, 1);
    assertThat(completeness.completeTo(TWO)).isEqualTo(15);
    process(one, 1);
    assertThat(completeness.completeTo(ONE)).isEqualTo(14);
    assertThat(completeness.completeToAll()).isEqualTo(14);
    process(one, 2);
    assertThat(completeness.completeToAll()).isEqualTo(15);
    assertThat(completeness.behind()).isEmpty();
  }

  @Test
  void itemsThatTakeNoRevisionHoldBackNothingBeforeThem() {
    add();
    JournalItem item = state.add(ONE, compaction(5), revision);
    completeness.onItems(ONE, List.of(item));
    revision = 12;
    completeness.onAdvanced(12);
    assertThat(completeness.completeTo(ONE)).isEqualTo(10);
  }

  @Test
  void commitHoldsBackItsRevisionOnly() {
    add();
    var commit =
        JournalItem.newBuilder().setCommit(JournalItem.Commit.newBuilder().setMutates(true));
    revision = 11;
    completeness.onItems(ONE, List.of(state.add(ONE, commit, 11)));
    completeness.onAdvanced(11);
    assertThat(completeness.completeTo(ONE)).isEqualTo(10);
    process(one, 1);
    assertThat(completeness.completeTo(ONE)).isEqualTo(11);
  }

  /// The item comes with the group's log: what was known to be complete stays so.
  @Test
  void completenessDoesNotGoBackWhenTheJournalDropsAnItem() {
    add();
    one.head = 4;
    cut(TWO, 3);
    cut(ONE, 1);
    assertThat(completeness.completeTo(ONE)).isEqualTo(13);
    state.cut(report(ONE, 1, 1), revision);
    assertThat(completeness.completeTo(ONE)).isEqualTo(13);
    process(one, 1);
    assertThat(completeness.completeTo(ONE)).isEqualTo(14);
  }

  @Test
  void stateThatHasProcessedLessIsLessComplete() {
    add();
    cut(ONE, 1);
    process(one, 1);
    assertThat(completeness.completeTo(ONE)).isEqualTo(11);
    one.processed = 0;
    completeness.onReplaced(ONE);
    assertThat(completeness.completeTo(ONE)).isEqualTo(10);
    assertThat(completeness.behind()).containsExactly(ONE);
    process(one, 1);
    assertThat(completeness.completeToAll()).isEqualTo(11);
  }

  @Test
  void replicaThatJoinsBehindADroppedJournalIsCompleteToItsHead() {
    state.found(Items.groups(2));
    revision = state.cut(report(ONE, 5, 0), revision).getRevision();
    state.cut(report(ONE, 5, 1), revision);
    one.head = 3;
    completeness.add(one);
    assertThat(completeness.completeTo(ONE)).isEqualTo(3);
    assertThat(completeness.completeToAll()).isEqualTo(3);
  }

  /// While the root group executes an entry its revision moves before its items are told.
  @Test
  void revisionCountsOnceEverythingUpToItIsTold() {
    add();
    JournalItem run = state.cut(report(ONE, 1, 0), revision);
    revision = 12;
    assertThat(completeness.completeToAll()).isEqualTo(10);
    completeness.onItems(ONE, List.of(run));
    assertThat(completeness.completeToAll()).isEqualTo(10);
    completeness.onAdvanced(12);
    assertThat(completeness.completeTo(GroupId.ROOT)).isEqualTo(12);
    assertThat(completeness.completeToAll()).isEqualTo(10);
  }

  @Test
  void listenersHearOfEachMove() {
    add();
    int before = told;
    cut(ONE, 1);
    assertThat(told).isEqualTo(before + 1);
    process(one, 1);
    assertThat(told).isEqualTo(before + 2);
    completeness.onStartedOver();
    assertThat(told).isEqualTo(before + 3);
  }

  @Test
  void groupWithoutAReplicaHoldsNothingBack() {
    add();
    cut(ONE, 1);
    completeness.remove(ONE);
    assertThat(completeness.completeToAll()).isEqualTo(11);
    assertThat(completeness.completeTo(ONE)).isZero();
  }

  /// What comes to a group is complete there only behind the item that says so.
  @Test
  void keysThatAreAcquiredHoldBackWhatComesBehindThem() {
    add();
    cut(ONE, 1);
    process(one, 1);
    var acquire = JournalItem.newBuilder().setAcquire(Acquire.newBuilder().setNumber(1));
    completeness.onItems(ONE, List.of(state.add(ONE, acquire, revision)));
    cut(ONE, 3);
    assertThat(completeness.completeTo(ONE)).isEqualTo(11);
    process(one, 2);
    assertThat(completeness.completeTo(ONE)).isEqualTo(11);
    process(one, 3);
    assertThat(completeness.completeTo(ONE)).isEqualTo(13);
  }

  @Test
  void groupThatIsFoundedLaterIsCompleteToWhereTheOrderStands() {
    add();
    cut(ONE, 4);
    process(one, 1);
    var three = new FakeReplica(new GroupId(state.found(GroupRecord.newBuilder()).getGroup()));
    assertThat(completeness.completeTo(three.group())).as("no replica is here").isZero();
    completeness.onGroupsChanged();
    completeness.add(three);
    assertThat(completeness.completeTo(three.group())).isEqualTo(14);
    cut(three.group(), 2);
    assertThat(completeness.completeToAll()).isEqualTo(14);
    process(three, 1);
    assertThat(completeness.completeToAll()).isEqualTo(16);
  }

  /// Its replica here may not have processed everything, and never will.
  @Test
  void retiredGroupHoldsNothingBack() {
    add();
    cut(ONE, 4);
    process(one, 1);
    cut(TWO, 1);
    assertThat(completeness.completeToAll()).isEqualTo(14);
    state.retire(TWO);
    int before = told;
    completeness.onGroupsChanged();
    completeness.onAdvanced(revision);
    assertThat(completeness.completeToAll()).isEqualTo(15);
    assertThat(completeness.behind()).isEmpty();
    assertThat(told).isGreaterThan(before);
    completeness.remove(TWO);
    assertThat(completeness.completeTo(TWO)).isZero();
    assertThat(completeness.completeToAll()).isEqualTo(15);
  }
}
