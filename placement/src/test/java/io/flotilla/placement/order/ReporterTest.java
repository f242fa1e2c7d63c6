package io.flotilla.placement.order;

import static io.flotilla.placement.order.Items.ONE;
import static io.flotilla.placement.order.Items.TWO;
import static io.flotilla.placement.order.Items.report;
import static org.assertj.core.api.Assertions.assertThat;

import io.flotilla.base.GroupId;
import io.flotilla.base.Rejection;
import io.flotilla.placement.testing.MapStateTree;
import io.flotilla.placement.testing.SimLoop;
import io.flotilla.proto.command.GroupRecord;
import io.flotilla.proto.command.GroupReport;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.vertx.core.Promise;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ReporterTest {
  private final SimLoop loop = new SimLoop();
  private final RootOrder state = RootOrder.restore(new MapStateTree());
  private final List<List<GroupReport>> sent = new ArrayList<>();
  private final Queue<Promise<Void>> waiting = new ArrayDeque<>();
  private final Reporter reporter =
      new Reporter(
          state::order,
          groups -> {
            sent.add(List.copyOf(groups));
            Promise<Void> promise = Promise.promise();
            waiting.add(promise);
            return promise.future();
          },
          loop,
          new OrderMetrics(new SimpleMeterRegistry()));
  private final FakeReplica one = new FakeReplica(ONE);
  private final FakeReplica two = new FakeReplica(TWO);

  @BeforeEach
  void start() {
    state.found(Items.groups(2));
    one.leads = true;
    two.leads = true;
    reporter.start();
    reporter.add(one);
    reporter.add(two);
    loop.settle();
    assertThat(sent).as("there is nothing to tell").isEmpty();
  }

  private void execute(FakeReplica replica, long count) {
    replica.executed += count;
    reporter.onMoved(replica.group());
  }

  private void answer() {
    waiting.remove().complete();
    loop.settle();
  }

  @Test
  void whatMovesInATurnIsToldTogether() {
    execute(one, 1);
    execute(two, 2);
    execute(one, 1);
    loop.settle();
    assertThat(sent).containsExactly(List.of(report(ONE, 2, 0), report(TWO, 2, 0)));
  }

  @Test
  void whatMovesMeanwhileIsToldAfterTheAnswer() {
    execute(one, 1);
    loop.settle();
    execute(one, 1);
    loop.settle();
    execute(two, 1);
    loop.settle();
    assertThat(sent).hasSize(1);
    answer();
    assertThat(sent.getLast()).containsExactly(report(ONE, 2, 0), report(TWO, 1, 0));
    answer();
    assertThat(sent).hasSize(2);
  }

  @Test
  void replicaThatDoesNotLeadIsSilent() {
    one.leads = false;
    execute(one, 1);
    loop.advance(1000);
    assertThat(sent).isEmpty();
    one.leads = true;
    reporter.onMoved(ONE);
    loop.settle();
    assertThat(sent).containsExactly(List.of(report(ONE, 1, 0)));
  }

  @Test
  void whatTheRootGroupDoesNotTakeUpIsToldAgain() {
    execute(one, 1);
    loop.settle();
    answer();
    loop.advance(Reporter.REPEAT_MILLIS);
    assertThat(sent).containsExactly(List.of(report(ONE, 1, 0)), List.of(report(ONE, 1, 0)));
    answer();
    state.cut(report(ONE, 1, 0), 1);
    loop.advance(10 * Reporter.REPEAT_MILLIS);
    assertThat(sent).hasSize(2);
  }

  @Test
  void loggedItemsAreToldUntilTheyAreDropped() {
    state.cut(report(ONE, 1, 0), 1);
    one.executed = 1;
    one.logged = 1;
    reporter.onMoved(ONE);
    loop.settle();
    assertThat(sent).containsExactly(List.of(report(ONE, 1, 1)));
    answer();
    state.cut(report(ONE, 1, 1), 1);
    loop.advance(10 * Reporter.REPEAT_MILLIS);
    assertThat(sent).hasSize(1);
  }

  @Test
  void lostMessageIsToldAgain() {
    execute(one, 1);
    loop.settle();
    waiting.remove().fail(new Rejection.NotLeader(io.flotilla.base.NodeId.NONE).asException());
    loop.settle();
    assertThat(sent).as("not in a tight circle").hasSize(1);
    loop.advance(Reporter.REPEAT_MILLIS);
    assertThat(sent).hasSize(2);
  }

  /// The leader that was asked is dead; another leads long before the message is given up.
  @Test
  void messageWithoutAnAnswerHoldsNothingUp() {
    execute(one, 1);
    loop.settle();
    execute(two, 1);
    loop.advance(Reporter.REPEAT_MILLIS);
    assertThat(sent).hasSize(2);
    assertThat(sent.getLast()).containsExactly(report(ONE, 1, 0), report(TWO, 1, 0));
    execute(two, 1);
    answer(); // to the first one
    assertThat(sent).as("the second one is under way").hasSize(2);
    answer();
    assertThat(sent.getLast()).containsExactly(report(TWO, 2, 0));
  }

  @Test
  void removedAndUnknownGroupsAreSilent() {
    var unknown = new FakeReplica(new GroupId(9));
    unknown.leads = true;
    reporter.add(unknown);
    execute(unknown, 1);
    execute(one, 1);
    reporter.remove(ONE);
    loop.advance(1000);
    assertThat(sent).isEmpty();
  }

  @Test
  void nothingIsToldOnceItIsStopped() {
    execute(one, 1);
    reporter.stop();
    loop.advance(1000);
    assertThat(sent).isEmpty();
    assertThat(loop.queued()).isZero();
  }

  /// Whatever it has executed is nobody's business any more.
  @Test
  void retiredGroupIsSilentAndOthersAreToldOn() {
    execute(one, 1);
    execute(two, 1);
    state.retire(ONE);
    loop.settle();
    assertThat(sent).containsExactly(List.of(report(TWO, 1, 0)));
    reporter.remove(ONE);
    answer();
    loop.advance(2 * Reporter.REPEAT_MILLIS);
    assertThat(sent.getLast()).containsExactly(report(TWO, 1, 0));
  }

  @Test
  void groupThatIsFoundedLaterIsReported() {
    var founded = new GroupId(state.found(GroupRecord.newBuilder()).getGroup());
    var three = new FakeReplica(founded);
    three.leads = true;
    reporter.add(three);
    execute(three, 2);
    loop.settle();
    assertThat(sent).containsExactly(List.of(report(founded, 2, 0)));
  }
}
