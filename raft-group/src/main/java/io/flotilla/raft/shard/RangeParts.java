package io.flotilla.raft.shard;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeRequest.SortOrder;
import io.flotilla.proto.etcd.RangeRequest.SortTarget;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.storage.mvcc.KeyMeta;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// One range over several disjoint intervals: what each is asked, and the answer made of theirs. It
/// is the one that a single store with all the keys would give.
public final class RangeParts {
  private static final Comparator<KeyValue> BY_KEY =
      Comparator.comparing(KeyValue::getKey, ByteString.unsignedLexicographicalComparator());

  private RangeParts() {}

  /// What to ask of each part: rows in an order and number from which [#merge] makes the answer. A
  /// part of a part is asked the same.
  public static RangeRequest part(RangeRequest request) {
    if (request.getRangeEnd().isEmpty() || request.getCountOnly()) {
      return request;
    }
    RangeOrder order = RangeOrder.of(request);
    if (order.rows() == null) {
      return request;
    }
    var part = request.toBuilder();
    if (order.byValue()) {
      part.setKeysOnly(false); // values decide, so they travel
    }
    if (request.getLimit() <= 0) {
      unsorted(part);
    } else if (order.takesFirst()) {
      unsorted(part).setLimit(Math.addExact(request.getLimit(), 1));
    }
    return part.build();
  }

  private static RangeRequest.Builder unsorted(RangeRequest.Builder part) {
    return part.setSortOrder(SortOrder.NONE).setSortTarget(SortTarget.KEY);
  }

  /// The answer to `request`, without a header.
  ///
  /// @param parts the answers to [#part], each with its count
  public static RangeResponse.Builder merge(RangeRequest request, List<RangeResponse> parts) {
    var response = RangeResponse.newBuilder();
    List<KeyValue> pairs = new ArrayList<>();
    long count = 0;
    boolean more = false;
    for (RangeResponse part : parts) {
      count += part.getCount();
      more |= part.getMore();
      pairs.addAll(part.getKvsList());
    }
    response.setCount(count);
    if (request.getRangeEnd().isEmpty() || request.getCountOnly()) {
      return response.addAllKvs(pairs).setMore(more);
    }
    pairs.sort(BY_KEY);
    long limit = request.getLimit() <= 0 ? Long.MAX_VALUE : request.getLimit();
    response.setMore(more || pairs.size() > limit);
    List<KeyValue> ordered = order(request, limit, pairs);
    boolean strip = request.getKeysOnly() && RangeOrder.of(request).byValue();
    for (KeyValue pair : ordered.subList(0, (int) Math.min(limit, ordered.size()))) {
      response.addKvs(strip ? pair.toBuilder().clearValue().build() : pair);
    }
    return response;
  }

  private static List<KeyValue> order(RangeRequest request, long limit, List<KeyValue> byKey) {
    RangeOrder order = RangeOrder.of(request);
    Comparator<RangeOrder.Row> comparator = order.rows();
    if (comparator == null) {
      return byKey;
    }
    boolean cut = order.takesFirst() && byKey.size() > limit;
    List<KeyValue> chosen = cut ? byKey.subList(0, (int) limit + 1) : byKey;
    List<RangeOrder.Row> rows = new ArrayList<>(chosen.size());
    for (int i = 0; i < chosen.size(); i++) {
      rows.add(row(i, chosen.get(i)));
    }
    rows.sort(comparator);
    return rows.stream().map(row -> chosen.get((int) row.ordinal())).toList();
  }

  private static RangeOrder.Row row(int ordinal, KeyValue pair) {
    return new RangeOrder.Row(
        ordinal,
        Pairs.key(pair.getKey()),
        new KeyMeta(
            pair.getCreateRevision(), pair.getModRevision(), pair.getVersion(), pair.getLease()),
        Pairs.array(pair.getValue()));
  }
}
