package io.flotilla.placement.order;

import static io.flotilla.placement.order.Items.ONE;
import static io.flotilla.placement.order.Items.compaction;
import static io.flotilla.placement.order.Items.report;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.testing.MapStateTree;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.JournalItem;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.util.List;
import java.util.stream.LongStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class JournalPumpTest {
  private final SimLoop loop = new SimLoop();
  private final RootOrder state = RootOrder.restore(new MapStateTree());
  private final JournalPump pump =
      new JournalPump(state::journal, loop, new OrderMetrics(new SimpleMeterRegistry()));
  private final FakeReplica replica = new FakeReplica(ONE);

  @BeforeEach
  void found() {
    state.found(Items.groups(1));
  }

  private void join(int items) {
    for (int i = 0; i < items; i++) {
      JournalItem item = state.add(ONE, compaction(1), 1);
      pump.onItems(ONE, List.of(item));
    }
  }

  private void process(long to) {
    replica.processed = to;
    pump.onMoved(ONE);
  }

  /// What was proposed is applied.
  private void logProposed() {
    List<Long> numbers = replica.proposedNumbers();
    replica.logged = Math.max(replica.logged, numbers.getLast());
    replica.log.done();
    pump.onMoved(ONE);
  }

  private void lead(boolean leads) {
    replica.leads = leads;
    pump.onLeadership(ONE, leads);
  }

  private static List<Long> numbers(long from, long to) {
    return LongStream.rangeClosed(from, to).boxed().toList();
  }

  @Test
  void itemsAreOfferedOnceInTheirOrder() {
    join(2);
    pump.add(replica);
    join(2);
    pump.onMoved(ONE);
    assertThat(replica.offeredNumbers()).isEqualTo(numbers(1, 4));
    assertThat(replica.log.size()).as("it does not lead").isZero();
  }

  @Test
  void whatWasProcessedBeforeIsNotOffered() {
    join(5);
    replica.processed = 3;
    pump.add(replica);
    assertThat(replica.offeredNumbers()).isEqualTo(numbers(4, 5));
  }

  @Test
  void replicaIsOfferedNoMoreThanAWindow() {
    pump.add(replica);
    join(JournalPump.WINDOW + 10);
    assertThat(replica.offered).hasSize(JournalPump.WINDOW);
    process(4);
    assertThat(replica.offered).hasSize(JournalPump.WINDOW + 4);
    process(JournalPump.WINDOW);
    assertThat(replica.offeredNumbers()).isEqualTo(numbers(1, JournalPump.WINDOW + 10));
  }

  @Test
  void itemsThatAreProcessedAtOnceMakeRoomForAll() {
    replica.onOffer = () -> process(replica.offered.getLast().getNumber());
    join(3 * JournalPump.WINDOW);
    pump.add(replica);
    assertThat(replica.offeredNumbers()).isEqualTo(numbers(1, 3 * JournalPump.WINDOW));
  }

  /// They come with the group's log, and the replica waits for them with what it was offered.
  @Test
  void itemsThatTheJournalDroppedAreNotOffered() {
    join(6);
    state.cut(report(ONE, 0, 4), 1);
    pump.add(replica);
    assertThat(replica.offeredNumbers()).isEqualTo(numbers(5, 6));
  }

  @Test
  void replacedStateIsOfferedWhatItLacks() {
    pump.add(replica);
    join(5);
    replica.processed = 3;
    pump.onReplaced(ONE);
    assertThat(replica.offeredNumbers().subList(5, 7)).isEqualTo(numbers(4, 5));
  }

  @Test
  void leaderAppendsEachItemOnce() {
    pump.add(replica);
    lead(true);
    join(1);
    join(3);
    assertThat(replica.log.size()).as("one proposal under way").isEqualTo(1);
    assertThat(replica.proposedNumbers()).isEqualTo(numbers(1, 1));
    logProposed();
    assertThat(replica.proposedNumbers()).isEqualTo(numbers(2, 4));
    logProposed();
    pump.onMoved(ONE);
    loop.advance(1000);
    assertThat(replica.log.size()).isZero();
  }

  @Test
  void newLeaderAppendsWhatItsLogDoesNotHold() {
    pump.add(replica);
    join(5);
    replica.logged = 2;
    lead(true);
    assertThat(replica.proposedNumbers()).isEqualTo(numbers(3, 5));
  }

  /// The former leadership's entry may be lost or not: the new one looks at what its log holds.
  @Test
  void leadershipThatComesBackAppendsAgain() {
    pump.add(replica);
    lead(true);
    join(3);
    lead(false);
    replica.log.reject(new Rejection.NotLeader(NodeId.NONE));
    join(1);
    loop.advance(1000);
    assertThat(replica.log.size()).isZero();
    replica.logged = 3;
    lead(true);
    assertThat(replica.proposedNumbers()).isEqualTo(numbers(4, 4));
  }

  @Test
  void proposalThatWasRefusedIsMadeAgain() {
    pump.add(replica);
    lead(true);
    join(2);
    replica.log.reject(new Rejection.TooManyRequests());
    join(1);
    assertThat(replica.log.size()).as("after a while").isZero();
    loop.advance(JournalPump.RETRY_MILLIS);
    assertThat(replica.proposedNumbers()).isEqualTo(numbers(1, 3));
  }

  /// It is in the log of this leadership, which applies it or ends.
  @Test
  void proposalWhoseFateIsUnknownIsNotRepeatedInTheSameLeadership() {
    pump.add(replica);
    lead(true);
    join(1);
    replica.log.reject(new Rejection.OutcomeUnknown());
    loop.advance(1000);
    assertThat(replica.log.size()).isZero();
    join(1);
    assertThat(replica.proposedNumbers()).isEqualTo(numbers(2, 2));
    lead(false);
    lead(true);
    replica.log.reject(new Rejection.NotLeader(NodeId.NONE));
    assertThat(replica.proposedNumbers()).isEqualTo(numbers(1, 2));
  }

  @Test
  void proposalIsBounded() {
    pump.add(replica);
    join(JournalPump.ITEMS_PER_PROPOSAL + 5);
    lead(true);
    assertThat(replica.proposedNumbers()).isEqualTo(numbers(1, JournalPump.ITEMS_PER_PROPOSAL));
    logProposed();
    assertThat(replica.proposedNumbers()).hasSize(5);
  }

  @Test
  void removedReplicaHearsNothing() {
    pump.add(replica);
    lead(true);
    join(1);
    pump.remove(ONE);
    join(1);
    replica.log.done();
    loop.advance(1000);
    assertThat(replica.offered).hasSize(1);
    assertThat(replica.log.size()).isZero();
  }

  @Test
  void rootStateThatWasReplacedIsReadFromTheStart() {
    pump.add(replica);
    state.add(ONE, compaction(1), 1);
    state.add(ONE, compaction(1), 1);
    pump.onStartedOver();
    assertThat(replica.offeredNumbers()).isEqualTo(numbers(1, 2));
  }

  @Test
  void retiredGroupHasNoItemsAnyMore() {
    pump.add(replica);
    lead(true);
    join(3);
    assertThat(replica.proposedNumbers()).isEqualTo(numbers(1, 1));
    state.retire(ONE);
    pump.onGroupsChanged();
    pump.onItems(ONE, List.of());
    process(3);
    logProposed();
    assertThat(replica.log.size()).as("nothing more is proposed").isZero();
    pump.remove(ONE);
    loop.advance(10 * JournalPump.RETRY_MILLIS);
    assertThat(loop.queued()).isZero();
  }

  @Test
  void groupThatIsFoundedLaterGetsItsItemsFromTheFirstOn() {
    var founded = new GroupId(state.found(GroupRecord.newBuilder()).getGroup());
    JournalItem first = state.add(founded, compaction(1), 1);
    pump.onGroupsChanged();
    pump.onItems(founded, List.of(first));
    var late = new FakeReplica(founded);
    pump.add(late);
    pump.onItems(founded, List.of(state.add(founded, compaction(1), 1)));
    assertThat(late.offeredNumbers()).isEqualTo(numbers(1, 2));
  }
}
