package io.flotilla.simulation.wire;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.CompactionRequest;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.LeaseGrantRequest;
import io.flotilla.proto.etcd.LeaseKeepAliveRequest;
import io.flotilla.proto.etcd.LeaseRevokeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.WatchCreateRequest;
import io.flotilla.simulation.history.Compare;
import io.flotilla.simulation.history.Request;
import io.flotilla.simulation.history.Span;
import io.flotilla.simulation.history.Watching.Query;
import io.flotilla.simulation.history.Words;

/// Requests of a history as etcd's messages.
public final class ToEtcd {
  private ToEtcd() {}

  public static ByteString bytes(String text) {
    return ByteString.copyFrom(Words.toBytes(text));
  }

  public static PutRequest put(Request.Put put) {
    return PutRequest.newBuilder()
        .setKey(bytes(put.key()))
        .setValue(bytes(put.value()))
        .setLease(put.lease())
        .setPrevKv(put.previous())
        .build();
  }

  public static DeleteRangeRequest delete(Request.Delete delete) {
    return DeleteRangeRequest.newBuilder()
        .setKey(bytes(delete.span().key()))
        .setRangeEnd(bytes(delete.span().end()))
        .setPrevKv(delete.previous())
        .build();
  }

  public static RangeRequest range(Request.Range range) {
    return RangeRequest.newBuilder()
        .setKey(bytes(range.span().key()))
        .setRangeEnd(bytes(range.span().end()))
        .setLimit(range.limit())
        .setRevision(range.revision())
        .setSerializable(range.serializable())
        .setCountOnly(range.countOnly())
        .build();
  }

  public static TxnRequest txn(Request.Txn txn) {
    var request = TxnRequest.newBuilder();
    txn.compares().forEach(compare -> request.addCompare(compare(compare)));
    txn.success().forEach(nested -> request.addSuccess(operation(nested)));
    txn.failure().forEach(nested -> request.addFailure(operation(nested)));
    return request.build();
  }

  private static RequestOp operation(Request.Nested nested) {
    var operation = RequestOp.newBuilder();
    return switch (nested) {
      case Request.Put put -> operation.setRequestPut(put(put)).build();
      case Request.Delete delete -> operation.setRequestDeleteRange(delete(delete)).build();
      case Request.Range range -> operation.setRequestRange(range(range)).build();
      case Request.Txn txn -> operation.setRequestTxn(txn(txn)).build();
    };
  }

  public static LeaseGrantRequest grant(Request.Grant grant) {
    return LeaseGrantRequest.newBuilder().setID(grant.id()).setTTL(grant.ttlSeconds()).build();
  }

  public static LeaseRevokeRequest revoke(Request.Revoke revoke) {
    return LeaseRevokeRequest.newBuilder().setID(revoke.lease()).build();
  }

  public static LeaseKeepAliveRequest keepAlive(Request.KeepAlive keep) {
    return LeaseKeepAliveRequest.newBuilder().setID(keep.lease()).build();
  }

  public static CompactionRequest compact(Request.Compact compact) {
    return CompactionRequest.newBuilder().setRevision(compact.revision()).build();
  }

  public static WatchCreateRequest watch(Query query) {
    var request =
        WatchCreateRequest.newBuilder()
            .setKey(bytes(query.span().key()))
            .setRangeEnd(bytes(query.span().end()))
            .setStartRevision(query.start())
            .setPrevKv(query.previous());
    if (query.noPuts()) {
      request.addFilters(WatchCreateRequest.FilterType.NOPUT);
    }
    if (query.noDeletes()) {
      request.addFilters(WatchCreateRequest.FilterType.NODELETE);
    }
    return request.build();
  }

  private static io.flotilla.proto.etcd.Compare compare(Compare compare) {
    Span span = compare.span();
    var wire =
        io.flotilla.proto.etcd.Compare.newBuilder()
            .setKey(bytes(span.key()))
            .setRangeEnd(bytes(span.end()))
            .setResult(result(compare.relation()));
    return switch (compare.target()) {
      case VERSION ->
          wire.setTarget(io.flotilla.proto.etcd.Compare.CompareTarget.VERSION)
              .setVersion(compare.number())
              .build();
      case CREATED ->
          wire.setTarget(io.flotilla.proto.etcd.Compare.CompareTarget.CREATE)
              .setCreateRevision(compare.number())
              .build();
      case MODIFIED ->
          wire.setTarget(io.flotilla.proto.etcd.Compare.CompareTarget.MOD)
              .setModRevision(compare.number())
              .build();
      case LEASE ->
          wire.setTarget(io.flotilla.proto.etcd.Compare.CompareTarget.LEASE)
              .setLease(compare.number())
              .build();
      case VALUE ->
          wire.setTarget(io.flotilla.proto.etcd.Compare.CompareTarget.VALUE)
              .setValue(bytes(compare.value()))
              .build();
    };
  }

  private static io.flotilla.proto.etcd.Compare.CompareResult result(Compare.Relation relation) {
    return switch (relation) {
      case EQUAL -> io.flotilla.proto.etcd.Compare.CompareResult.EQUAL;
      case GREATER -> io.flotilla.proto.etcd.Compare.CompareResult.GREATER;
      case LESS -> io.flotilla.proto.etcd.Compare.CompareResult.LESS;
      case NOT_EQUAL -> io.flotilla.proto.etcd.Compare.CompareResult.NOT_EQUAL;
    };
  }
}
