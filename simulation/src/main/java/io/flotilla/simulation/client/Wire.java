package io.flotilla.simulation.client;

import io.flotilla.simulation.history.Answer;
import io.flotilla.simulation.history.Outcome;
import io.flotilla.simulation.history.Outcome.Reason;
import io.flotilla.simulation.history.Request;
import io.flotilla.simulation.history.Where;
import io.flotilla.simulation.world.Machine;
import io.flotilla.simulation.world.Probe;
import io.flotilla.simulation.world.SimNode;
import io.flotilla.simulation.world.Timeline;
import io.vertx.core.Future;
import java.util.function.Consumer;
import java.util.random.RandomGenerator;

/// One client's way to the nodes: requests and answers take time and get lost with a node, and the
/// client does not wait for ever. All of it is recorded.
final class Wire {
  private static final long LATENCY_MIN_NANOS = 50_000;
  private static final long LATENCY_SPREAD_NANOS = 500_000;
  // beyond the deadline that the node was told
  private static final long GRACE_NANOS = 300 * Timeline.MILLI;

  private final Surroundings around;
  private final RandomGenerator random;
  private final int client;
  private final double lostAnswers;

  /// @param lostAnswers how likely an answer is lost on its way
  Wire(Surroundings around, RandomGenerator random, int client, double lostAnswers) {
    this.around = around;
    this.random = random;
    this.client = client;
    this.lostAnswers = lostAnswers;
  }

  Where where(Machine machine) {
    return new Where(client, machine.number(), machine.starts());
  }

  long latencyNanos() {
    return LATENCY_MIN_NANOS + random.nextLong(LATENCY_SPREAD_NANOS);
  }

  /// Asks one node once.
  ///
  /// @param done gets the outcome, whatever happens
  void call(Machine machine, Request request, long timeoutMillis, Consumer<Outcome> done) {
    Timeline timeline = around.timeline();
    long id = around.recorder().invoke(where(machine), request, around.clockNanos());
    var pending = new Pending(id, done);
    SimNode node = machine.node();
    if (node == null) {
      var refused = new Outcome.Refused(Reason.OTHER, "nobody listens");
      timeline.after(2 * latencyNanos(), null, () -> pending.end(refused));
      return;
    }
    long timeoutNanos = timeoutMillis * Timeline.MILLI;
    timeline.after(latencyNanos(), node.life(), () -> serve(node, request, timeoutNanos, pending));
    timeline.after(
        timeoutNanos + GRACE_NANOS,
        null,
        () -> pending.end(new Outcome.Unknown("no answer in time")));
    node.life().atEnd(() -> pending.onConnectionLost());
  }

  private void serve(SimNode node, Request request, long timeoutNanos, Pending pending) {
    Future<Answer> answer;
    try {
      answer = Calls.serve(node.doors(), request, node.clock().nanoTime() + timeoutNanos);
    } catch (RuntimeException | AssertionError unexpected) {
      around.findings().report("doors answer", request + ": " + unexpected);
      return;
    }
    answer.onComplete(
        (result, failure) -> {
          Outcome outcome =
              failure == null ? new Outcome.Answered(result) : Calls.outcome(request, failure);
          if (!node.life().isOver() && random.nextDouble() >= lostAnswers) {
            around.timeline().after(latencyNanos(), null, () -> pending.end(outcome));
          }
        });
  }

  /// A request without an outcome.
  private final class Pending {
    private final long id;
    private final Consumer<Outcome> done;
    private boolean ended;

    Pending(long id, Consumer<Outcome> done) {
      this.id = id;
      this.done = done;
    }

    /// The first outcome counts.
    void end(Outcome outcome) {
      if (ended) {
        return;
      }
      ended = true;
      if (outcome instanceof Outcome.Unknown) {
        around.probes().hit(Probe.OUTCOME_UNKNOWN);
      }
      around.timeline().note(outcome.toString().hashCode());
      around.recorder().complete(id, outcome, around.clockNanos());
      done.accept(outcome);
    }

    void onConnectionLost() {
      if (!ended) {
        var lost = new Outcome.Unknown("connection lost");
        around.timeline().after(latencyNanos(), null, () -> end(lost));
      }
    }
  }
}
