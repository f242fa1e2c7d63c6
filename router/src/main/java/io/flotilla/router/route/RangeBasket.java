package io.flotilla.router.route;

import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.mvcc.KeyValue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Gathers the pairs of one range as groups return them and puts them in order. Pure.
///
/*
 * What has to be sorted is kept in sorted runs, each at least twice as long as the next one, so
 * that the work is spread over the chunks as they come in. Earlier runs have lower keys and win
 * ties, which leaves ties in key order (contract §2.3). Where only the best are wanted, the others
 * go as soon as runs are merged.
 */
final class RangeBasket {
  private static final int PAIR_OVERHEAD_BYTES = 96;

  private final RangeRules rules;
  private final ArrayDeque<List<KeyValue>> runs = new ArrayDeque<>();
  private long taken;
  private long bytes;
  private long count;
  private boolean more;

  RangeBasket(RangeRules rules) {
    this.rules = rules;
  }

  /// How many pairs in key order are still wanted.
  long missing() {
    return rules.first() == Long.MAX_VALUE ? Long.MAX_VALUE : rules.first() - taken;
  }

  boolean isFull() {
    return missing() == 0;
  }

  /// Bytes that the pairs take, roughly.
  long bytes() {
    return bytes;
  }

  void addCount(long keys) {
    count += keys;
  }

  /// There are pairs beyond the limit.
  void noteMore() {
    more = true;
  }

  boolean knowsMore() {
    return more || taken > rules.limit();
  }

  /// Takes the next pairs: behind all those before in key order, or of a group behind those before.
  void add(List<KeyValue> pairs) {
    if (pairs.isEmpty()) {
      return;
    }
    taken += pairs.size();
    bytes += weight(pairs);
    Comparator<KeyValue> order = rules.order();
    if (order == null) {
      if (runs.isEmpty()) {
        runs.add(new ArrayList<>());
      }
      runs.getLast().addAll(pairs);
      return;
    }
    List<KeyValue> run = new ArrayList<>(pairs);
    run.sort(order);
    runs.addLast(run);
    while (runs.size() > 1 && secondLast().size() < 2 * runs.getLast().size()) {
      mergeLast(order);
    }
  }

  private List<KeyValue> secondLast() {
    var fromEnd = runs.descendingIterator();
    fromEnd.next();
    return fromEnd.next();
  }

  private void mergeLast(Comparator<KeyValue> order) {
    List<KeyValue> later = runs.removeLast();
    List<KeyValue> earlier = runs.removeLast();
    runs.addLast(cut(merge(earlier, later, order)));
  }

  private static List<KeyValue> merge(
      List<KeyValue> earlier, List<KeyValue> later, Comparator<KeyValue> order) {
    List<KeyValue> merged = new ArrayList<>(earlier.size() + later.size());
    int next = 0;
    for (KeyValue pair : earlier) {
      while (next < later.size() && order.compare(later.get(next), pair) < 0) {
        merged.add(later.get(next++));
      }
      merged.add(pair);
    }
    merged.addAll(later.subList(next, later.size()));
    return merged;
  }

  private List<KeyValue> cut(List<KeyValue> run) {
    if (run.size() <= rules.limit()) {
      return run;
    }
    List<KeyValue> kept = run.subList(0, (int) rules.limit());
    bytes -= weight(run.subList(kept.size(), run.size()));
    return new ArrayList<>(kept);
  }

  /// Bytes that pairs take, roughly.
  static long weight(List<KeyValue> pairs) {
    long sum = 0;
    for (KeyValue pair : pairs) {
      sum += PAIR_OVERHEAD_BYTES + pair.getSerializedSize();
    }
    return sum;
  }

  /// The answer, without a header; nothing is added any more.
  ///
  /// @param counted whether it has `count`
  RangeResponse.Builder finish(boolean counted) {
    Comparator<KeyValue> order = rules.order();
    while (order != null && runs.size() > 1) {
      mergeLast(order);
    }
    var response = RangeResponse.newBuilder().setMore(knowsMore());
    if (counted) {
      response.setCount(count);
    }
    if (!runs.isEmpty()) {
      fill(response, order == null ? runs.getLast() : cut(runs.getLast()));
    }
    return response;
  }

  private void fill(RangeResponse.Builder response, List<KeyValue> pairs) {
    if (!rules.dropsValues()) {
      response.addAllKvs(pairs);
      return;
    }
    pairs.forEach(pair -> response.addKvs(pair.toBuilder().clearValue()));
  }
}
