package io.flotilla.simulation.client;

import io.flotilla.simulation.history.Outcome;
import java.util.random.RandomGenerator;

/// A client that reads and writes, one request at a time.
final class Writer extends Client {
  Writer(Surroundings around, RandomGenerator random, WorkPlan plan, int number) {
    super(around, random, plan, number);
  }

  @Override
  void start() {
    later(plan.thinkMillis(), this::ask);
  }

  private void ask() {
    if (!isStopped()) {
      wire.call(machine(), draw.next(), plan.timeoutMillis(), this::onOutcome);
    }
  }

  private void onOutcome(Outcome outcome) {
    learn(outcome);
    later(plan.thinkMillis(), this::ask);
  }
}
