package io.flotilla.loadtest.failover;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.ByteString;
import io.flotilla.loadtest.client.Deadlines;
import io.flotilla.loadtest.failover.FailoverPlan.Schedule;
import io.flotilla.loadtest.failover.FailoverPlan.Writing;
import io.flotilla.loadtest.run.Progress;
import io.vertx.core.Vertx;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/// The failover measurement against servers in the same process.
class FailoverRunTest {
  private static final Duration SHORT = Duration.ofMillis(150);

  private final Vertx vertx = Vertx.vertx();
  private final AtomicInteger puts = new AtomicInteger();
  private FakeCluster cluster;

  @BeforeEach
  void listen() throws Exception {
    cluster = new FakeCluster(vertx, 3);
  }

  @AfterEach
  void close() throws Exception {
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  @Test
  void clientsGoOnWithAnotherEndpointWhenTheirsStops() {
    FailoverResult result = run(2, new StopTheLeader());
    assertThat(result.rounds()).hasSize(2);
    assertThat(result.rounds().getFirst().leaders())
        .isEqualTo(cluster.endpoints().get(0) + " > " + cluster.endpoints().get(0));
    // A client writes every 15 ms; the one that was cut off finds another endpoint at once.
    assertThat(result.rounds())
        .allSatisfy(round -> assertThat(round.clientGapMillis()).isLessThan(5000));
    assertThat(result.verdicts()).hasSize(3);
    assertThat(result.isSound()).isTrue();
    assertThat(result.verdicts().getFirst().acknowledged()).isGreaterThan(50);
  }

  /// An event may take a member away for good; what is left is read back.
  @Test
  void fewerMembersThanEndpointsCanBeEnough() {
    var trigger =
        new StopTheLeader() {
          @Override
          public void restore(Round round) {}
        };
    FailoverResult result = run(1, trigger, 2);
    assertThat(result.verdicts())
        .extracting(Verdict::reader)
        .containsExactly(
            cluster.endpoints().get(1).toString(), cluster.endpoints().get(2).toString());
    assertThat(result.isSound()).isTrue();
  }

  @Test
  void aLostWriteIsFound() {
    Verdict verdict = verdictWhenTheTenthPairBecomes(0, "");
    assertThat(verdict.isSound()).isFalse();
    assertThat(verdict.faults().lost()).isOne();
    assertThat(verdict.examples()).singleElement().asString().contains("and lost");
  }

  @Test
  void aDoubledWriteIsFound() {
    Verdict verdict = verdictWhenTheTenthPairBecomes(2, "");
    assertThat(verdict.isSound()).isFalse();
    assertThat(verdict.faults()).isEqualTo(new Verdict.Faults(0, 1, 0, 0, 0));
  }

  @Test
  void anAlteredValueIsFound() {
    Verdict verdict = verdictWhenTheTenthPairBecomes(1, "x");
    assertThat(verdict.faults()).isEqualTo(new Verdict.Faults(0, 0, 1, 0, 0));
  }

  @Test
  void aClusterThatDoesNotBecomeWholeEndsTheRun() {
    var trigger =
        new StopTheLeader() {
          @Override
          public void restore(Round round) {}
        };
    assertThatThrownBy(() -> run(1, trigger))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("the cluster is not whole after 1 s")
        .hasMessageContaining(cluster.endpoints().get(0) + " no answer");
  }

  @Test
  void theReportHasARowForEachRoundAndTheMedian() {
    FailoverResult result = run(1, new StopTheLeader());
    var bytes = new ByteArrayOutputStream();
    FailoverReport.print(result, new PrintStream(bytes, true, StandardCharsets.UTF_8));
    assertThat(bytes.toString(StandardCharsets.UTF_8))
        .contains("\n1   ", "\nmedian", "\nmax", ": sound: ");
    assertThat(result.toJson().getBoolean("sound")).isTrue();
    assertThat(result.toJson().getJsonArray("rounds")).hasSize(1);
  }

  private Verdict verdictWhenTheTenthPairBecomes(long version, String suffix) {
    cluster.corrupt(
        pair ->
            puts.incrementAndGet() != 10
                ? pair
                : pair.toBuilder()
                    .setVersion(version)
                    .setValue(pair.getValue().concat(ByteString.copyFromUtf8(suffix)))
                    .build());
    FailoverResult result = run(1, new StopTheLeader());
    assertThat(result.verdicts()).allSatisfy(verdict -> assertThat(verdict.isSound()).isFalse());
    return result.verdicts().getFirst();
  }

  private FailoverResult run(int rounds, Trigger trigger) {
    return run(rounds, trigger, 3);
  }

  private FailoverResult run(int rounds, Trigger trigger, int members) {
    var plan =
        new FailoverPlan(
            cluster.endpoints(),
            new Writing(3, 200, 16, new Deadlines(500, 2000), 100),
            members,
            rounds,
            3,
            new Schedule(SHORT, SHORT, SHORT, Duration.ofSeconds(1), SHORT),
            new WriteKeys("test/1/", 32));
    return new FailoverRun(vertx, new Progress(System.err, true), plan, trigger).run();
  }

  private class StopTheLeader implements Trigger {
    @Override
    public void event(Round round) {
      int leader = round.index(round.before().leader().orElseThrow());
      assertThat(leader).isEqualTo(cluster.leader());
      sneaky(() -> cluster.stop(leader));
    }

    @Override
    public void restore(Round round) {
      sneaky(() -> cluster.start(round.index(round.before().leader().orElseThrow())));
    }

    private void sneaky(ThrowingRunnable action) {
      try {
        action.run();
      } catch (Exception e) {
        throw new IllegalStateException(e);
      }
    }
  }

  private interface ThrowingRunnable {
    void run() throws Exception;
  }
}
