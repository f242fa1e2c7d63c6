package io.flotilla.placement.client;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.proto.etcd.ResponseOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.proto.mvcc.KeyValue;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;

/// One small store that does what etcd does, for the requests that tests make of many groups.
final class StoreModel {
  final long revision;
  final TreeMap<String, KeyValue> pairs;

  StoreModel(long revision, NavigableMap<String, KeyValue> pairs) {
    this.revision = revision;
    this.pairs = new TreeMap<>(pairs);
  }

  /// What a txn does to the state.
  ///
  /// @param response with inner headers and no other
  /// @param after equal to the state before if it changes nothing
  record Outcome(TxnResponse response, StoreModel after, boolean mutates) {}

  Outcome run(TxnRequest txn) {
    var run = new Run(new StoreModel(revision + 1, pairs));
    TxnResponse response = run.run(txn).build();
    return new Outcome(response, run.changed ? run.now : this, run.changed);
  }

  List<KeyValue> range(ByteString key, ByteString end) {
    String from = key.toStringUtf8();
    if (end.isEmpty()) {
      KeyValue only = pairs.get(from);
      return only == null ? List.of() : List.of(only);
    }
    boolean toEnd = end.equals(ByteString.copyFrom(new byte[1]));
    if (toEnd) {
      return new ArrayList<>(pairs.tailMap(from, true).values());
    }
    String to = end.toStringUtf8();
    return from.compareTo(to) >= 0
        ? List.of()
        : new ArrayList<>(pairs.subMap(from, true, to, false).values());
  }

  RangeResponse.Builder range(RangeRequest request) {
    List<KeyValue> found = range(request.getKey(), request.getRangeEnd());
    long limit = request.getLimit() == 0 ? found.size() : request.getLimit();
    return RangeResponse.newBuilder()
        .addAllKvs(found.stream().limit(limit).toList())
        .setMore(found.size() > limit)
        .setCount(found.size());
  }

  private final class Run {
    final StoreModel now;
    boolean changed;

    Run(StoreModel now) {
      this.now = now;
    }

    TxnResponse.Builder run(TxnRequest txn) {
      boolean succeeded = txn.getCompareList().stream().allMatch(this::holds);
      var response = TxnResponse.newBuilder().setSucceeded(succeeded);
      for (RequestOp op : succeeded ? txn.getSuccessList() : txn.getFailureList()) {
        response.addResponses(run(op));
      }
      return response;
    }

    private ResponseOp run(RequestOp op) {
      var response = ResponseOp.newBuilder();
      switch (op.getRequestCase()) {
        case REQUEST_PUT -> response.setResponsePut(put(op.getRequestPut()).setHeader(header()));
        case REQUEST_DELETE_RANGE ->
            response.setResponseDeleteRange(delete(op.getRequestDeleteRange()).setHeader(header()));
        case REQUEST_RANGE ->
            response.setResponseRange(now.range(op.getRequestRange()).setHeader(header()));
        case REQUEST_TXN ->
            response.setResponseTxn(
                run(op.getRequestTxn()).setHeader(ResponseHeader.getDefaultInstance()));
        case REQUEST_NOT_SET -> throw new IllegalArgumentException("an operation does something");
      }
      return response.build();
    }

    private ResponseHeader header() {
      return ResponseHeader.newBuilder().setRevision(changed ? now.revision : revision).build();
    }

    private PutResponse.Builder put(PutRequest put) {
      String key = put.getKey().toStringUtf8();
      KeyValue before = now.pairs.get(key);
      var pair =
          KeyValue.newBuilder()
              .setKey(put.getKey())
              .setValue(put.getValue())
              .setLease(put.getLease())
              .setCreateRevision(before == null ? now.revision : before.getCreateRevision())
              .setModRevision(now.revision)
              .setVersion(before == null ? 1 : before.getVersion() + 1);
      now.pairs.put(key, pair.build());
      changed = true;
      var response = PutResponse.newBuilder();
      if (put.getPrevKv() && before != null) {
        response.setPrevKv(before);
      }
      return response;
    }

    private DeleteRangeResponse.Builder delete(DeleteRangeRequest delete) {
      List<KeyValue> doomed = now.range(delete.getKey(), delete.getRangeEnd());
      doomed.forEach(pair -> now.pairs.remove(pair.getKey().toStringUtf8()));
      changed |= !doomed.isEmpty();
      var response = DeleteRangeResponse.newBuilder().setDeleted(doomed.size());
      return delete.getPrevKv() ? response.addAllPrevKvs(doomed) : response;
    }

    private boolean holds(Compare compare) {
      KeyValue pair = pairs.get(compare.getKey().toStringUtf8());
      KeyValue known = pair == null ? KeyValue.getDefaultInstance() : pair;
      int order =
          switch (compare.getTarget()) {
            case VERSION -> Long.compare(known.getVersion(), compare.getVersion());
            case CREATE -> Long.compare(known.getCreateRevision(), compare.getCreateRevision());
            case MOD -> Long.compare(known.getModRevision(), compare.getModRevision());
            case LEASE -> Long.compare(known.getLease(), compare.getLease());
            case VALUE ->
                ByteString.unsignedLexicographicalComparator()
                    .compare(known.getValue(), compare.getValue());
            case UNRECOGNIZED -> throw new IllegalArgumentException("a target is known");
          };
      if (compare.getTarget() == Compare.CompareTarget.VALUE && pair == null) {
        return false;
      }
      return switch (compare.getResult()) {
        case EQUAL -> order == 0;
        case GREATER -> order > 0;
        case LESS -> order < 0;
        case NOT_EQUAL -> order != 0;
        case UNRECOGNIZED -> throw new IllegalArgumentException("a result is known");
      };
    }
  }
}
