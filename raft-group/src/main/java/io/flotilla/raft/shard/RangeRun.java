package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.Key;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeRequest.SortTarget;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.storage.mvcc.KeyMeta;
import java.util.ArrayDeque;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/// One range over one view, in steps. Whether its revision may be read is decided before.
///
/*
 * In key order, pairs go straight into the response. In any other order they go through a heap
 * that has the worst row on top, which keeps no more rows than the limit, and whose work is spread
 * over the steps like the scan's: the rows come out worst first and are put in front of each
 * other. With a limit the values are read for the rows that are left at the end only.
 *
 * The count of the interval is quick at the newest state. At an older revision each key has to be
 * looked at, so the scan then goes on to the end of the interval, counting.
 */
final class RangeRun {
  /// Places that one call into the scan may look at; keeps a step near its budget when there are
  /// many deleted keys.
  private static final int LOOK_AHEAD = 64;

  private final KeyView view;
  private final RangeRequest request;
  private final RangeOrder order;
  private final RangeResponse.Builder response = RangeResponse.newBuilder();
  private final long limit;
  private final boolean countsKeys;
  private final @Nullable PairCursor cursor;
  private final @Nullable PriorityQueue<RangeOrder.Row> worstFirst;
  private final @Nullable ArrayDeque<KeyValue> sorted;
  private boolean scanning = true;
  private long seen;
  private long matching;

  /// @param counted whether the response has `count`
  RangeRun(KeyView view, RangeRequest request, boolean counted) {
    this.view = view;
    this.request = request;
    this.order = RangeOrder.of(request);
    this.limit = request.getLimit() <= 0 ? Long.MAX_VALUE : request.getLimit();
    boolean wantsCount = counted || request.getCountOnly();
    if (request.getRangeEnd().isEmpty()) {
      readSingle(wantsCount);
      scanning = false;
      countsKeys = false;
      cursor = null;
      worstFirst = null;
      sorted = null;
      return;
    }
    var range = Pairs.range(request.getKey(), request.getRangeEnd());
    boolean quick = view.countsQuickly();
    countsKeys = wantsCount && !quick;
    if (wantsCount && quick) {
      response.setCount(view.count(range));
    }
    cursor = view.scan(range);
    var rows = order.rows();
    worstFirst = rows == null ? null : new PriorityQueue<>(rows.reversed());
    sorted = rows == null ? null : new ArrayDeque<>();
    if (request.getCountOnly() && quick) {
      scanning = false;
    }
  }

  private void readSingle(boolean wantsCount) {
    Key key = Pairs.key(request.getKey());
    if (request.getCountOnly() || request.getKeysOnly()) {
      KeyMeta meta = view.meta(key);
      if (meta != null) {
        takeSingle(key, meta, null, wantsCount);
      }
      return;
    }
    var pair = view.get(key);
    if (pair != null) {
      takeSingle(key, Pairs.meta(pair), pair.value(), wantsCount);
    }
  }

  private void takeSingle(Key key, KeyMeta meta, byte @Nullable [] value, boolean wantsCount) {
    if (wantsCount) {
      response.setCount(1);
    }
    boolean passes = RangeOrder.passes(request, meta.createRevision(), meta.modRevision());
    if (passes && !request.getCountOnly()) {
      response.addKvs(message(key, meta, value));
    }
  }

  /// As [QueryRun#step].
  boolean step(int budget) {
    int left = budget;
    while (left > 0 && scanning) {
      left -= scanOne(Math.min(left, LOOK_AHEAD));
    }
    while (left > 0 && hasRows()) {
      sortOne();
      left--;
    }
    if (scanning || hasRows()) {
      return true;
    }
    finish();
    return false;
  }

  /// Goes to the end at once.
  RangeResponse.Builder run() {
    while (step(Integer.MAX_VALUE)) {
      // each step goes as far as it can
    }
    return response;
  }

  RangeResponse.Builder response() {
    return response;
  }

  private boolean hasRows() {
    return worstFirst != null && !worstFirst.isEmpty();
  }

  /// Returns what it cost.
  private int scanOne(int budget) {
    PairCursor pairs = cursor;
    check(pairs != null, "a scan has a cursor");
    switch (pairs.step(budget)) {
      case PAUSED -> {
        return budget;
      }
      case END -> scanning = false;
      case ENTRY -> {
        seen++;
        if (!full()) {
          offer(pairs);
        }
        scanning = countsKeys || !full();
      }
    }
    return 1;
  }

  /// Whether further pairs cannot change what is returned.
  private boolean full() {
    return request.getCountOnly() || (order.takesFirst() && matching > limit);
  }

  private void offer(PairCursor pair) {
    if (!RangeOrder.passes(request, pair.createRevision(), pair.modRevision())) {
      return;
    }
    matching++;
    if (worstFirst != null) {
      offerRow(worstFirst, pair);
    } else if (matching <= limit) {
      byte[] value = request.getKeysOnly() ? null : pair.value();
      response.addKvs(message(pair.key(), pair.meta(), value));
    }
  }

  private void offerRow(PriorityQueue<RangeOrder.Row> rows, PairCursor pair) {
    boolean loadNow = order.byValue() || (limit == Long.MAX_VALUE && !request.getKeysOnly());
    byte[] value = loadNow ? pair.value() : null;
    rows.add(new RangeOrder.Row(seen, pair.key(), pair.meta(), value));
    if (rows.size() > limit) {
      rows.remove();
    }
  }

  private void sortOne() {
    check(worstFirst != null && sorted != null, "rows are sorted in a heap");
    var row = worstFirst.remove();
    byte[] value = row.value();
    if (value == null && !request.getKeysOnly()) {
      var pair = view.get(row.key());
      check(pair != null, "a pair that was found exists at its revision");
      value = pair.value();
    }
    sorted.addFirst(message(row.key(), row.meta(), request.getKeysOnly() ? null : value));
  }

  private void finish() {
    if (countsKeys) {
      response.setCount(seen);
    }
    if (sorted != null) {
      response.addAllKvs(sorted);
      sorted.clear();
    }
    response.setMore(matching > limit);
  }

  private KeyValue message(Key key, KeyMeta meta, byte @Nullable [] value) {
    var kv = KeyValue.newBuilder().setKey(Pairs.wrap(key.bytes()));
    kv.setCreateRevision(meta.createRevision()).setModRevision(meta.modRevision());
    kv.setVersion(meta.version());
    if (value != null) {
      kv.setValue(Pairs.wrap(value));
    }
    if (showsLease()) {
      kv.setLease(meta.lease());
    }
    return kv.build();
  }

  /// etcd 3.7 answers `keys_only` from its index of keys, which has no leases; only sorting by
  /// value
  /// makes it read the pairs.
  private boolean showsLease() {
    return !request.getKeysOnly() || request.getSortTarget() == SortTarget.VALUE;
  }
}
