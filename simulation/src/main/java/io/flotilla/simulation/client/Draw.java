package io.flotilla.simulation.client;

import io.flotilla.simulation.history.Compare;
import io.flotilla.simulation.history.Compare.Relation;
import io.flotilla.simulation.history.Compare.Target;
import io.flotilla.simulation.history.Kv;
import io.flotilla.simulation.history.Request;
import io.flotilla.simulation.history.Span;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/// Draws the requests of one client. Values are never used twice, so that each tells its write.
final class Draw {
  private static final String[] PREFIXES = {"a/", "b/"};
  private static final int LOOK_BACK = 60;
  private static final int LEASED_MAX = 3;

  private final RandomGenerator random;
  private final WorkPlan plan;
  private final int client;
  private final Map<String, Kv> known = new HashMap<>();
  private final WideDraw wide;
  private long values;
  private long revision;

  Draw(RandomGenerator random, WorkPlan plan, int client) {
    this.random = random;
    this.plan = plan;
    this.client = client;
    this.wide = new WideDraw(random, this);
  }

  /// The client saw this key.
  void learn(Kv kv) {
    known.put(kv.key(), kv);
  }

  /// The client saw this revision.
  void learn(long seen) {
    revision = Math.max(revision, seen);
  }

  long revision() {
    return revision;
  }

  String key() {
    int number = random.nextInt(plan.keys());
    return PREFIXES[number % PREFIXES.length] + number;
  }

  /// As this client saw it last.
  @Nullable Kv known(String key) {
    return known.get(key);
  }

  String value() {
    return "c" + client + "-" + ++values;
  }

  private boolean isWide() {
    return plan.wide() > 0 && random.nextDouble() < plan.wide();
  }

  Request next() {
    if (isWide()) {
      return wide.next();
    }
    if (random.nextDouble() < plan.reads()) {
      return range();
    }
    double kind = random.nextDouble();
    if (kind < plan.txns()) {
      return txn();
    }
    return kind < plan.txns() + plan.deletes() ? delete() : put(0);
  }

  Request.Put put(long lease) {
    return new Request.Put(key(), value(), lease, random.nextBoolean());
  }

  /// Hangs one key on a lease, or some at once.
  Request hang(long lease) {
    return isWide() ? wide.puts(1 + random.nextInt(LEASED_MAX), lease) : put(lease);
  }

  private Request.Delete delete() {
    boolean many = random.nextInt(8) == 0;
    Span span = many ? new Span(key(), "a/9") : Span.single(key());
    boolean empty = !span.end().isEmpty() && span.key().compareTo(span.end()) >= 0;
    return new Request.Delete(empty ? Span.single(span.key()) : span, random.nextBoolean());
  }

  private Request.Range range() {
    return range(
        switch (random.nextInt(4)) {
          case 0 -> Span.ALL;
          case 1 -> Span.prefix(PREFIXES[random.nextInt(PREFIXES.length)]);
          default -> Span.single(key());
        });
  }

  Request.Range range(Span span) {
    boolean old = revision > 1 && random.nextInt(6) == 0;
    long at = old ? Math.max(1, revision - random.nextLong(LOOK_BACK)) : 0;
    long limit = random.nextInt(4) == 0 ? 1 + random.nextInt(4) : 0;
    boolean stale = random.nextDouble() < plan.stale();
    return new Request.Range(span, limit, at, stale, random.nextInt(10) == 0);
  }

  /// A change of a key that depends on what the client knows of it, now and then of several.
  private Request.Txn txn() {
    String key = key();
    List<Request.Nested> success = new ArrayList<>();
    success.add(new Request.Put(key, value(), 0, random.nextBoolean()));
    String other = key();
    if (!other.equals(key) && random.nextBoolean()) {
      success.add(
          random.nextInt(3) == 0
              ? new Request.Delete(Span.single(other), false)
              : new Request.Put(other, value(), 0, false));
    }
    if (random.nextBoolean()) {
      success.add(Request.Range.linearizable(Span.single(key)));
    }
    List<Request.Nested> failure = List.of(Request.Range.linearizable(Span.single(key)));
    return new Request.Txn(List.of(compare(key, known.get(key))), success, failure);
  }

  /// Something that holds as far as the client knows.
  Compare compare(String key, @Nullable Kv kv) {
    if (kv == null) {
      return Compare.number(key, Target.VERSION, Relation.EQUAL, 0);
    }
    return switch (random.nextInt(5)) {
      case 0 -> Compare.value(key, Relation.EQUAL, kv.value());
      case 1 -> Compare.number(key, Target.VERSION, Relation.GREATER, 0);
      case 2 -> Compare.number(key, Target.CREATED, Relation.NOT_EQUAL, kv.created());
      default -> Compare.number(key, Target.MODIFIED, Relation.EQUAL, kv.modified());
    };
  }
}
