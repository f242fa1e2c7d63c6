package io.flotilla.placement.client;

import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.placement.order.Completeness;
import io.flotilla.placement.order.ProcessedItems;
import io.flotilla.proto.command.JournalItem;
import java.util.List;
import org.junit.jupiter.api.Test;

class ServedTest {
  private static final GroupId ONE = new GroupId(1);

  private final FakeSites sites = new FakeSites();
  private final Order order = new Order();
  private final Completeness completeness = new Completeness(order);
  private final Served served = new Served(sites, completeness);
  private final Replica replica = new Replica();

  private static final class Order implements Completeness.Root {
    long revision = 10;
    long lastItem;

    @Override
    public long revision() {
      return revision;
    }

    @Override
    public long lastItem(GroupId group) {
      return lastItem;
    }

    @Override
    public List<JournalItem> read(GroupId group, long fromNumber) {
      return List.of();
    }
  }

  private static final class Replica implements ProcessedItems {
    long processed;
    long head;

    @Override
    public GroupId group() {
      return ONE;
    }

    @Override
    public long processed() {
      return processed;
    }

    @Override
    public long head() {
      return head;
    }
  }

  private void place(boolean wanted, boolean everywhere, int... others) {
    sites.sites.put(ONE, new FakeSites.Site(wanted, everywhere, FakeSites.nodes(others)));
    served.onGroupsChanged();
  }

  private void open() {
    completeness.add(replica);
    served.add(ONE);
  }

  private void process(long item, long revision) {
    replica.processed = item;
    replica.head = revision;
    completeness.onProcessed(ONE);
  }

  @Test
  void groupThatNobodyHasIsCompleteToNothing() {
    assertThat(served.completeTo(ONE)).isZero();
    assertThat(served.completeTo(GroupId.ROOT)).isEqualTo(10);
  }

  @Test
  void groupElsewhereIsCompleteToWhatTheRootGroupIs() {
    place(false, false, 2, 3);
    assertThat(served.completeTo(ONE)).isEqualTo(10);
    assertThat(served.isHere(ONE)).isFalse();
  }

  @Test
  void onlyReplicaAnswersAtOnce() {
    order.lastItem = 5;
    place(true, true);
    open();
    assertThat(served.isHere(ONE)).isTrue();
    assertThat(served.completeTo(ONE)).as("it is behind").isZero();
  }

  @Test
  void replicaOfAGroupThatIsEverywhereAnswersAtOnceWhenNothingWasTold() {
    order.lastItem = 5;
    place(true, true, 2, 3);
    open();
    assertThat(served.isHere(ONE)).isTrue();
  }

  @Test
  void replicaThatComesAnswersWhenItHasCaughtUp() {
    order.lastItem = 5;
    place(true, false, 2, 3);
    open();
    assertThat(served.isHere(ONE)).isFalse();
    process(4, 9);
    assertThat(served.isHere(ONE)).isFalse();
    process(5, 10);
    assertThat(served.isHere(ONE)).isTrue();
  }

  @Test
  void nobodyReadsLessThanBeforeWhenAReplicaComes() {
    place(true, true, 2, 3);
    assertThat(served.completeTo(ONE)).isEqualTo(10);
    order.lastItem = 5;
    open();
    assertThat(served.isHere(ONE)).as("it shows less than was told").isFalse();
    assertThat(served.completeTo(ONE)).isEqualTo(10);
    process(5, 10);
    assertThat(served.isHere(ONE)).isTrue();
    assertThat(served.completeTo(ONE)).isEqualTo(10);
  }

  @Test
  void replicaThatIsWantedNoMoreAnswersNoMore() {
    place(true, false, 2, 3);
    open();
    assertThat(served.isHere(ONE)).isTrue();
    int[] told = new int[1];
    served.listen(() -> told[0]++);
    place(false, false, 2, 3);
    assertThat(served.isHere(ONE)).isFalse();
    assertThat(told[0]).isPositive();
    assertThat(served.completeTo(ONE)).isEqualTo(10);
    place(true, false, 2, 3);
    assertThat(served.isHere(ONE)).isTrue();
  }

  @Test
  void replicaThatIsClosedAnswersNoMore() {
    place(true, false, 2, 3);
    open();
    completeness.remove(ONE);
    served.remove(ONE);
    assertThat(served.isHere(ONE)).isFalse();
    assertThat(served.completeTo(ONE)).isEqualTo(10);
    sites.sites.clear();
    served.onGroupsChanged();
    assertThat(served.completeTo(ONE)).isZero();
  }
}
