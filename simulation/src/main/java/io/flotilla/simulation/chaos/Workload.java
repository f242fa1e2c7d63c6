package io.flotilla.simulation.chaos;

import io.flotilla.simulation.history.Answer;
import io.flotilla.simulation.history.Compare;
import io.flotilla.simulation.history.Compare.Relation;
import io.flotilla.simulation.history.Compare.Target;
import io.flotilla.simulation.history.Outcome;
import io.flotilla.simulation.history.Outcome.Answered;
import io.flotilla.simulation.history.Request;
import io.flotilla.simulation.history.Span;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicLong;

/// One client without a lease: puts, deletes, swaps, transactions and reads of every kind, one
/// after the other, at a node that it changes when the node fails it and now and then.
final class Workload implements Runnable {
  private static final int CHANGE_NODE = 60;
  private static final int OLD_REVISIONS = 300;

  private final int number;
  private final int nodes;
  private final long thinkMillis;
  private final RecordingClient client;
  private final SplittableRandom random;
  private final AtomicBoolean running;
  private final AtomicLong revision;
  private final Map<String, Long> seen = new HashMap<>();
  private int node;
  private int values;

  /// @param running false ends the client after its current request
  /// @param revision the highest revision that any client has seen
  Workload(
      int number,
      RecordingClient client,
      ChaosOptions options,
      AtomicBoolean running,
      AtomicLong revision) {
    this.number = number;
    this.client = client;
    this.nodes = options.nodes();
    this.thinkMillis = options.thinkMillis();
    this.random = new SplittableRandom(options.seed() * 31 + number);
    this.running = running;
    this.revision = revision;
    this.node = number % nodes;
  }

  @Override
  public void run() {
    while (running.get()) {
      Request request = draw();
      Outcome outcome = client.execute(node, request);
      if (outcome instanceof Answered answered) {
        learn(request, answered.answer());
      } else if (!(outcome instanceof Outcome.Refused refused)
          || refused.reason() == Outcome.Reason.OTHER) {
        node = random.nextInt(nodes);
      }
      if (random.nextInt(CHANGE_NODE) == 0) {
        node = random.nextInt(nodes);
      }
      Pause.millis(random.nextLong(2 * thinkMillis + 1));
    }
  }

  private String value() {
    return "v" + number + "." + values++;
  }

  private Request draw() {
    int dice = random.nextInt(100);
    if (dice < 25) {
      return new Request.Put(Keys.register(random), value(), 0, random.nextBoolean());
    } else if (dice < 32) {
      return new Request.Delete(Span.single(Keys.register(random)), true);
    } else if (dice < 33) {
      return new Request.Delete(new Span(Keys.REGISTERS + "c", Keys.REGISTERS + "f"), true);
    } else if (dice < 48) {
      return swap();
    } else if (dice < 60) {
      return pair();
    }
    return read();
  }

  /// As Kubernetes updates: put if nobody has changed the key since, otherwise read it.
  private Request swap() {
    String key = Keys.register(random);
    long modified = seen.getOrDefault(key, 0L);
    return new Request.Txn(
        List.of(Compare.number(key, Target.MODIFIED, Relation.EQUAL, modified)),
        List.of(new Request.Put(key, value(), 0, true)),
        List.of(Request.Range.linearizable(Span.single(key))));
  }

  /// Writes both keys of a pair, or deletes both.
  private Request pair() {
    int pair = Keys.pair(random);
    var left = Span.single(Keys.left(pair));
    var right = Span.single(Keys.right(pair));
    boolean delete = random.nextInt(4) == 0;
    return new Request.Txn(
        List.of(Compare.number(left.key(), Target.VERSION, Relation.GREATER, delete ? 2 : -1)),
        delete
            ? List.of(new Request.Delete(left, true), new Request.Delete(right, true))
            : List.of(
                new Request.Put(left.key(), value(), 0, true),
                new Request.Put(right.key(), value(), 0, false),
                Request.Range.linearizable(Span.prefix(Keys.PAIRS))),
        List.of(Request.Range.linearizable(left), Request.Range.linearizable(right)));
  }

  private Request read() {
    long old = random.nextInt(8) == 0 ? revision.get() - random.nextInt(OLD_REVISIONS) : 0;
    boolean stale = random.nextInt(3) == 0;
    boolean one = random.nextInt(3) > 0;
    Span span = one ? Span.single(Keys.register(random)) : Keys.span(random);
    int limit = random.nextInt(4) == 0 ? 2 : 0;
    return new Request.Range(span, limit, Math.max(0, old), stale, random.nextInt(10) == 0);
  }

  private void learn(Request request, Answer answer) {
    revision.accumulateAndGet(answer.revision(), Math::max);
    if (request instanceof Request.Put put) {
      seen.put(put.key(), answer.revision());
    } else if (answer instanceof Answer.Range range) {
      range.kvs().forEach(kv -> seen.put(kv.key(), kv.modified()));
    } else if (request instanceof Request.Txn txn && answer instanceof Answer.Txn done) {
      String key = txn.compares().getFirst().span().key();
      if (done.succeeded()) {
        seen.put(key, answer.revision());
      } else if (done.answers().getFirst() instanceof Answer.Range range) {
        seen.put(key, range.kvs().isEmpty() ? 0 : range.kvs().getFirst().modified());
      }
    }
  }
}
