package io.flotilla.router.route;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeRequest.SortOrder;
import io.flotilla.proto.etcd.RangeRequest.SortTarget;
import io.flotilla.proto.mvcc.KeyValue;
import java.util.Comparator;
import org.jspecify.annotations.Nullable;

/// What a range over several groups asks of each of them, and in which order it returns what they
/// have, so that the answer is that of one store (contract §2.3). Pure.
///
/// Groups are visited in the order of their keys. There are three ways:
///
/// * *in key order*: the first pairs up to the limit, group after group, chunk by chunk;
/// * *ranked*: sorted with a small limit: each group sorts, and returns its best;
/// * *all*: sorted with a large limit or none: everything in chunks, sorted here.
///
/// @param limit [Long#MAX_VALUE] for none
/// @param order of what is returned, ties in key order; null is the order of the keys
/// @param first how many pairs in key order are all that is looked at; [Long#MAX_VALUE] for any
/// @param ranked whether each group sorts by itself
record RangeRules(
    RangeRequest request,
    long limit,
    @Nullable Comparator<KeyValue> order,
    long first,
    boolean ranked) {
  /// Largest limit at which each group's best are asked for. Bounds what one group returns at once.
  static final int MAX_RANKED = 1_000;

  static RangeRules of(RangeRequest request) {
    long limit = request.getLimit() <= 0 ? Long.MAX_VALUE : request.getLimit();
    SortTarget target = request.getSortTarget();
    boolean descends = request.getSortOrder() == SortOrder.DESCEND;
    boolean byKey = target == SortTarget.KEY || target == SortTarget.UNRECOGNIZED;
    if (byKey && !descends) {
      return new RangeRules(request, limit, null, limit, false);
    }
    Comparator<KeyValue> byTarget = comparator(target);
    Comparator<KeyValue> order = descends ? byTarget.reversed() : byTarget;
    // etcd behaviour: no order but a target sorts ascending what is found up to one pair beyond the
    // limit, and returns the limit's number of it.
    boolean takesFirst = !sorts(request.getSortOrder()) && !filters(request);
    long first = takesFirst && limit < Long.MAX_VALUE ? limit + 1 : Long.MAX_VALUE;
    return new RangeRules(request, limit, order, first, !takesFirst && limit <= MAX_RANKED);
  }

  private static boolean sorts(SortOrder order) {
    return order == SortOrder.ASCEND || order == SortOrder.DESCEND;
  }

  private static boolean filters(RangeRequest request) {
    return request.getMinModRevision() != 0
        || request.getMaxModRevision() != 0
        || request.getMinCreateRevision() != 0
        || request.getMaxCreateRevision() != 0;
  }

  private static Comparator<KeyValue> comparator(SortTarget target) {
    var bytes = ByteString.unsignedLexicographicalComparator();
    return switch (target) {
      case VERSION -> Comparator.comparingLong(KeyValue::getVersion);
      case CREATE -> Comparator.comparingLong(KeyValue::getCreateRevision);
      case MOD -> Comparator.comparingLong(KeyValue::getModRevision);
      case VALUE -> Comparator.comparing(KeyValue::getValue, bytes);
      case KEY, UNRECOGNIZED -> Comparator.comparing(KeyValue::getKey, bytes);
    };
  }

  /// Whether pairs are asked for with values that the answer must not have.
  boolean dropsValues() {
    return request.getKeysOnly() && request.getSortTarget() == SortTarget.VALUE;
  }

  // ---- what a group is asked

  /// For the next pairs in key order.
  RangeRequest chunk(KeyPart part, long revision, long rows) {
    return at(part, revision)
        .setLimit(rows)
        .setSortOrder(SortOrder.NONE)
        .setSortTarget(SortTarget.KEY)
        .setKeysOnly(request.getKeysOnly() && !dropsValues())
        .build();
  }

  /// For the group's best pairs.
  RangeRequest best(KeyPart part, long revision) {
    return at(part, revision).setKeysOnly(request.getKeysOnly() && !dropsValues()).build();
  }

  /// Whether the group has any pair that the answer would have without its limit.
  RangeRequest probe(KeyPart part, long revision) {
    return chunk(part, revision, 1).toBuilder().setKeysOnly(true).build();
  }

  /// For the number of keys.
  RangeRequest count(KeyPart part, long revision) {
    return at(part, revision).setCountOnly(true).build();
  }

  private RangeRequest.Builder at(KeyPart part, long revision) {
    return request.toBuilder()
        .setKey(part.key())
        .setRangeEnd(part.rangeEnd())
        .setRevision(revision);
  }
}
