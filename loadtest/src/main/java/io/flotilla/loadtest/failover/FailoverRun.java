package io.flotilla.loadtest.failover;

import io.flotilla.loadtest.client.Endpoint;
import io.flotilla.loadtest.cluster.ClusterStatus;
import io.flotilla.loadtest.cluster.StatusReader;
import io.flotilla.loadtest.run.Progress;
import io.flotilla.loadtest.run.Tally;
import io.flotilla.loadtest.run.Waits;
import io.vertx.core.DeploymentOptions;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/// Writes at a constant rate while events happen, then reads everything back. Called from a plain
/// thread; everything it starts has ended when it returns.
public final class FailoverRun {
  private static final Duration POLL = Duration.ofMillis(100);
  private static final long LAG_SECONDS = 1;
  private static final long LAG_ENTRIES_MIN = 100;

  private final Vertx vertx;
  private final Progress progress;
  private final FailoverPlan plan;
  private final Trigger trigger;
  private final StatusReader reader;
  private final Tally tally = new Tally();
  private final List<WriteLog> logs;

  public FailoverRun(Vertx vertx, Progress progress, FailoverPlan plan, Trigger trigger) {
    this.vertx = vertx;
    this.progress = progress;
    this.plan = plan;
    this.trigger = trigger;
    this.reader = new StatusReader(vertx);
    this.logs = Stream.generate(WriteLog::new).limit(plan.writing().clients()).toList();
  }

  /// @throws IllegalStateException when the cluster is not whole at the start or does not become so
  ///     in time after a round or acknowledges nothing then, or an event does not work
  public FailoverResult run() {
    awaitWhole();
    var number = new AtomicInteger();
    String deployment =
        Waits.await(
            vertx.deployVerticle(
                () -> {
                  int client = number.getAndIncrement();
                  return new WriterVerticle(plan, client, logs.get(client), tally);
                },
                new DeploymentOptions().setInstances(plan.writing().clients())),
            "start the clients");
    List<RoundMarks> rounds = new ArrayList<>();
    long start = System.nanoTime();
    long end;
    try {
      progress.watch("warm-up", tally, plan.schedule().warmup());
      for (int round = 1; round <= plan.rounds(); round++) {
        rounds.add(round(round));
      }
    } finally {
      end = System.nanoTime();
      Waits.await(vertx.undeploy(deployment), "stop the clients");
    }
    return result(rounds, start, end);
  }

  private RoundMarks round(int number) {
    String name = "round " + number + " of " + plan.rounds();
    FailoverPlan.Schedule schedule = plan.schedule();
    long start = System.nanoTime();
    progress.watch(name + ", quiet", tally, schedule.quiet());
    ClusterStatus before = awaitWhole();
    var round = new Trigger.Round(number, before);
    long event = System.nanoTime();
    trigger.event(round);
    progress.watch(name + ", event", tally, schedule.hold());
    long restore = System.nanoTime();
    trigger.restore(round);
    Optional<Endpoint> leader = awaitWhole().leader();
    long whole = System.nanoTime();
    awaitWrite();
    progress.watch(name + ", settling", tally, schedule.settle());
    long end = System.nanoTime();
    return new RoundMarks(number, start, event, restore, whole, end, before.leader(), leader);
  }

  private ClusterStatus awaitWhole() {
    long limit = System.nanoTime() + plan.schedule().recoverMax().toNanos();
    ClusterStatus status = reader.read(plan.endpoints());
    while (status.inStep(lagMax()).size() < plan.members()) {
      if (System.nanoTime() > limit) {
        throw new IllegalStateException(
            "the cluster is not whole after %d s: %s"
                .formatted(plan.schedule().recoverMax().toSeconds(), status.describe()));
      }
      Waits.sleep(POLL);
      status = reader.read(plan.endpoints());
    }
    return status;
  }

  private long lagMax() {
    return Math.max(LAG_ENTRIES_MIN, plan.writing().ratePerSecond() * LAG_SECONDS);
  }

  /// A round does not end inside of the gap that its event made.
  private void awaitWrite() {
    long before = tally.done();
    long limit = System.nanoTime() + plan.schedule().recoverMax().toNanos();
    while (tally.done() == before) {
      if (System.nanoTime() > limit) {
        throw new IllegalStateException("the cluster is whole and acknowledges no write");
      }
      Waits.sleep(POLL);
    }
  }

  private FailoverResult result(List<RoundMarks> rounds, long start, long end) {
    var readBack = new ReadBack(vertx, plan.keys(), logs);
    List<Verdict> verdicts = new ArrayList<>();
    for (Endpoint endpoint : awaitWhole().inStep(lagMax())) {
      progress.say("reading back from " + endpoint);
      verdicts.add(readBack.audit(endpoint));
    }
    long lateMillis = plan.writing().lateMillis();
    return new FailoverResult(
        rounds.stream().map(marks -> RoundResult.of(marks, logs, lateMillis)).toList(),
        gaps(rounds),
        verdicts,
        (end - start) / 1e9,
        RoundResult.failures(logs, start, Long.MAX_VALUE));
  }

  private List<PartGaps> gaps(List<RoundMarks> rounds) {
    KeyParts parts = plan.keyParts();
    return IntStream.range(0, parts.parts())
        .mapToObj(part -> PartGaps.of(part, parts.of(part, logs), rounds))
        .toList();
  }
}
