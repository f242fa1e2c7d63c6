package io.flotilla.simulation.client;

import io.flotilla.simulation.history.Answer;
import io.flotilla.simulation.history.Kv;
import io.flotilla.simulation.history.Outcome;
import io.flotilla.simulation.world.Machine;
import io.flotilla.simulation.world.Timeline;
import java.util.List;
import java.util.random.RandomGenerator;

/// What all clients do alike: they keep to a node for a while, wait between requests and learn from
/// answers.
abstract class Client {
  private static final double FICKLENESS = 0.15;

  final Surroundings around;
  final RandomGenerator random;
  final WorkPlan plan;
  final Draw draw;
  final Wire wire;
  private Machine current;
  private boolean stopped;
  private long answered;

  Client(Surroundings around, RandomGenerator random, WorkPlan plan, int number) {
    this.around = around;
    this.random = random;
    this.plan = plan;
    this.draw = new Draw(random, plan, number);
    this.wire = new Wire(around, random, number, plan.lostAnswers());
    this.current = anyMachine();
  }

  private Machine anyMachine() {
    List<Machine> all =
        around.cluster().machines().stream()
            .filter(machine -> machine.state() != Machine.State.RETIRED)
            .toList();
    return all.get(random.nextInt(all.size()));
  }

  /// The node to talk to now.
  final Machine machine() {
    if (random.nextDouble() < FICKLENESS || current.state() != Machine.State.UP) {
      current = anyMachine();
    }
    return current;
  }

  /// The client tries another node next time.
  final void turnAway() {
    current = anyMachine();
  }

  final void later(long meanMillis, Runnable task) {
    long mean = meanMillis * Timeline.MILLI;
    long delay = (long) (-mean * Math.log(1 - random.nextDouble()));
    around.timeline().after(delay, null, task);
  }

  final void learn(Outcome outcome) {
    if (outcome instanceof Outcome.Answered(Answer answer)) {
      answered++;
      draw.learn(answer.revision());
      if (answer instanceof Answer.Range(long _, List<Kv> kvs, long _, boolean _)) {
        kvs.forEach(draw::learn);
      }
    } else {
      turnAway();
    }
  }

  /// Requests that were answered.
  final long answered() {
    return answered;
  }

  final boolean isStopped() {
    return stopped;
  }

  /// Begins nothing new.
  void stop() {
    stopped = true;
  }

  abstract void start();
}
