package io.flotilla.simulation.client;

import io.flotilla.simulation.history.Compare;
import io.flotilla.simulation.history.Compare.Relation;
import io.flotilla.simulation.history.Compare.Target;
import io.flotilla.simulation.history.Request;
import io.flotilla.simulation.history.Span;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/// Draws requests that concern many keys at once, and so mostly several groups.
final class WideDraw {
  private static final int KEYS_MAX = 4;

  private final RandomGenerator random;
  private final Draw draw;

  /// @param draw of the same client: its keys, values and knowledge
  WideDraw(RandomGenerator random, Draw draw) {
    this.random = random;
    this.draw = draw;
  }

  Request next() {
    return switch (random.nextInt(10)) {
      case 0 -> new Request.Delete(span(), random.nextBoolean());
      case 1, 2 -> draw.range(span());
      case 3 -> readOnly();
      case 4 -> guarded();
      case 5 -> puts(2 + random.nextInt(KEYS_MAX - 1), 0);
      default -> txn();
    };
  }

  /// From some key to another one, or everything.
  private Span span() {
    String one = draw.key();
    String other = draw.key();
    int order = one.compareTo(other);
    if (order == 0) {
      return Span.ALL;
    }
    return order < 0 ? new Span(one, other) : new Span(other, one);
  }

  private List<String> keys(int count) {
    Set<String> keys = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      keys.add(draw.key());
    }
    return List.copyOf(keys);
  }

  /// Puts keys without a condition, all at one revision.
  ///
  /// @param lease to hang them on, 0 for none
  Request.Txn puts(int count, long lease) {
    return new Request.Txn(List.of(), nested(keys(count), lease), List.of());
  }

  private List<Request.Nested> nested(List<String> keys, long lease) {
    List<Request.Nested> puts = new ArrayList<>();
    for (String key : keys) {
      puts.add(new Request.Put(key, draw.value(), lease, random.nextBoolean()));
    }
    return puts;
  }

  private Request.Txn readOnly() {
    List<Compare> compares = random.nextBoolean() ? compares(keys(2)) : List.of();
    List<Request.Nested> reads =
        List.of(
            Request.Range.linearizable(span()),
            Request.Range.linearizable(Span.single(draw.key())));
    return new Request.Txn(compares, reads, List.of(Request.Range.linearizable(Span.ALL)));
  }

  private List<Compare> compares(List<String> keys) {
    return keys.stream().map(key -> draw.compare(key, draw.known(key))).toList();
  }

  /// Depends on all keys of a span.
  private Request.Txn guarded() {
    Span span = span();
    var compare =
        random.nextBoolean()
            ? new Compare(span, Target.VERSION, Relation.GREATER, 0, "")
            : new Compare(
                span, Target.MODIFIED, Relation.LESS, draw.revision() - random.nextInt(40), "");
    List<Request.Nested> failure =
        random.nextBoolean()
            ? List.of(new Request.Delete(span, true))
            : List.of(Request.Range.linearizable(span));
    return new Request.Txn(List.of(compare), nested(keys(2), 0), failure);
  }

  /// Compares, writes and reads several keys; now and then with a condition inside.
  private Request.Txn txn() {
    List<String> keys = keys(KEYS_MAX);
    List<Request.Nested> success = new ArrayList<>();
    for (String key : keys) {
      success.add(change(key));
    }
    if (random.nextInt(3) == 0) {
      success.add(random.nextInt(success.size() + 1), Request.Range.linearizable(span()));
    }
    if (random.nextInt(4) == 0) {
      Request.Nested last = success.removeLast();
      success.add(
          new Request.Txn(
              compares(keys(1)),
              List.of(last),
              List.of(Request.Range.linearizable(Span.single(draw.key())))));
    }
    List<Request.Nested> failure =
        random.nextBoolean() ? List.of(Request.Range.linearizable(Span.ALL)) : nested(keys(2), 0);
    int compared = random.nextInt(3);
    return new Request.Txn(
        compares(keys.subList(0, Math.min(compared, keys.size()))), success, failure);
  }

  private Request.Nested change(String key) {
    return random.nextInt(3) == 0
        ? new Request.Delete(Span.single(key), random.nextBoolean())
        : new Request.Put(key, draw.value(), 0, random.nextBoolean());
  }
}
