package io.flotilla.simulation.client;

import io.flotilla.simulation.history.Outcome;
import io.flotilla.simulation.history.Request;
import io.flotilla.simulation.history.Span;
import io.flotilla.simulation.world.Probe;
import java.util.random.RandomGenerator;

/// A client that compacts history, to somewhere in what it has seen.
final class Compactor extends Client {
  private static final int KEPT = 40;

  private long compacted = 1;

  Compactor(Surroundings around, RandomGenerator random, WorkPlan plan, int number) {
    super(around, random, plan, number);
  }

  @Override
  void start() {
    later(plan.compactMillis(), this::look);
  }

  private void look() {
    if (!isStopped()) {
      var range = Request.Range.linearizable(Span.single(draw.key()));
      wire.call(machine(), range, plan.timeoutMillis(), this::compact);
    }
  }

  private void compact(Outcome seen) {
    learn(seen);
    long to = draw.revision() - random.nextInt(KEPT);
    if (isStopped() || to <= compacted) {
      start();
      return;
    }
    compacted = to;
    wire.call(machine(), new Request.Compact(to), plan.timeoutMillis(), this::onCompacted);
  }

  private void onCompacted(Outcome outcome) {
    learn(outcome);
    if (outcome instanceof Outcome.Answered) {
      around.probes().hit(Probe.COMPACTED);
    }
    start();
  }
}
