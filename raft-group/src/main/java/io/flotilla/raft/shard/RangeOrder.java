package io.flotilla.raft.shard;

import io.flotilla.base.Key;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeRequest.SortOrder;
import io.flotilla.proto.etcd.RangeRequest.SortTarget;
import io.flotilla.storage.mvcc.KeyMeta;
import java.util.Arrays;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// In which order a range returns its pairs, and how far it has to look for them.
///
/// @param rows the order, best first; null is the order of the keys
/// @param byValue whether the order depends on values
/// @param takesFirst whether the limit is applied in key order, before sorting
record RangeOrder(@Nullable Comparator<Row> rows, boolean byValue, boolean takesFirst) {
  /// A pair on its way through sorting.
  ///
  /// @param ordinal its place in key order
  /// @param value null until it is needed
  record Row(long ordinal, Key key, KeyMeta meta, byte @Nullable [] value) {
    byte[] loadedValue() {
      byte[] loaded = value;
      if (loaded == null) {
        throw new IllegalStateException("a value is loaded before it is compared");
      }
      return loaded;
    }
  }

  /// By key, ascending: as the pairs are found.
  static final RangeOrder BY_KEY = new RangeOrder(null, false, true);

  static RangeOrder of(RangeRequest request) {
    SortTarget target = request.getSortTarget();
    SortOrder order = request.getSortOrder();
    boolean descends = order == SortOrder.DESCEND;
    boolean keys = target == SortTarget.KEY || target == SortTarget.UNRECOGNIZED;
    if (keys && !descends) {
      return BY_KEY;
    }
    Comparator<Row> byTarget = comparator(target);
    Comparator<Row> directed = descends ? byTarget.reversed() : byTarget;
    // etcd behaviour: no order but a target sorts ascending what the limit left over.
    boolean takesFirst =
        (order == SortOrder.NONE || order == SortOrder.UNRECOGNIZED) && !filters(request);
    return new RangeOrder(
        directed.thenComparingLong(Row::ordinal), target == SortTarget.VALUE, takesFirst);
  }

  private static Comparator<Row> comparator(SortTarget target) {
    return switch (target) {
      case VERSION -> Comparator.comparingLong(row -> row.meta().version());
      case CREATE -> Comparator.comparingLong(row -> row.meta().createRevision());
      case MOD -> Comparator.comparingLong(row -> row.meta().modRevision());
      case VALUE -> Comparator.comparing(Row::loadedValue, Arrays::compareUnsigned);
      case KEY, UNRECOGNIZED -> Comparator.comparingLong(Row::ordinal);
    };
  }

  /// Whether any bound on revisions is set.
  static boolean filters(RangeRequest request) {
    return request.getMinModRevision() != 0
        || request.getMaxModRevision() != 0
        || request.getMinCreateRevision() != 0
        || request.getMaxCreateRevision() != 0;
  }

  /// Whether a pair is within the request's bounds; 0 is no bound.
  static boolean passes(RangeRequest request, long createRevision, long modRevision) {
    return within(modRevision, request.getMinModRevision(), request.getMaxModRevision())
        && within(createRevision, request.getMinCreateRevision(), request.getMaxCreateRevision());
  }

  private static boolean within(long revision, long min, long max) {
    return (min == 0 || revision >= min) && (max == 0 || revision <= max);
  }
}
