package io.flotilla.contract;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.*;
import io.flotilla.proto.etcd.Compare.CompareResult;
import io.flotilla.proto.etcd.Compare.CompareTarget;

/// Short forms of requests, to be refined by their builders.
final class Requests {
  /// As `range_end`: every key from `key` on.
  static final ByteString FROM_KEY = ByteString.copyFrom(new byte[1]);

  private Requests() {}

  static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  /// The end of the interval of all keys that start with `prefix`, which ends below 0xff.
  static ByteString prefixEnd(ByteString prefix) {
    var end = prefix.toByteArray();
    end[end.length - 1]++;
    return ByteString.copyFrom(end);
  }

  static RangeRequest.Builder range(ByteString key) {
    return RangeRequest.newBuilder().setKey(key);
  }

  static RangeRequest.Builder range(ByteString key, ByteString end) {
    return range(key).setRangeEnd(end);
  }

  static PutRequest.Builder put(ByteString key, String value) {
    return PutRequest.newBuilder().setKey(key).setValue(bytes(value));
  }

  static PutRequest.Builder leased(ByteString key, String value, long lease) {
    return put(key, value).setLease(lease);
  }

  static DeleteRangeRequest.Builder delete(ByteString key) {
    return DeleteRangeRequest.newBuilder().setKey(key);
  }

  static DeleteRangeRequest.Builder delete(ByteString key, ByteString end) {
    return delete(key).setRangeEnd(end);
  }

  static TxnRequest.Builder txn() {
    return TxnRequest.newBuilder();
  }

  /// A transaction without conditions.
  static TxnRequest.Builder txn(RequestOp... ops) {
    var txn = txn();
    for (var op : ops) {
      txn.addSuccess(op);
    }
    return txn;
  }

  static RequestOp op(RangeRequest.Builder request) {
    return RequestOp.newBuilder().setRequestRange(request).build();
  }

  static RequestOp op(PutRequest.Builder request) {
    return RequestOp.newBuilder().setRequestPut(request).build();
  }

  static RequestOp op(DeleteRangeRequest.Builder request) {
    return RequestOp.newBuilder().setRequestDeleteRange(request).build();
  }

  static RequestOp op(TxnRequest.Builder request) {
    return RequestOp.newBuilder().setRequestTxn(request).build();
  }

  static Compare.Builder version(ByteString key, CompareResult result, long version) {
    return compare(key, CompareTarget.VERSION, result).setVersion(version);
  }

  static Compare.Builder create(ByteString key, CompareResult result, long revision) {
    return compare(key, CompareTarget.CREATE, result).setCreateRevision(revision);
  }

  static Compare.Builder mod(ByteString key, CompareResult result, long revision) {
    return compare(key, CompareTarget.MOD, result).setModRevision(revision);
  }

  static Compare.Builder value(ByteString key, CompareResult result, String value) {
    return compare(key, CompareTarget.VALUE, result).setValue(bytes(value));
  }

  static Compare.Builder lease(ByteString key, CompareResult result, long lease) {
    return compare(key, CompareTarget.LEASE, result).setLease(lease);
  }

  static Compare.Builder compare(ByteString key, CompareTarget target, CompareResult result) {
    return Compare.newBuilder().setKey(key).setTarget(target).setResult(result);
  }

  static WatchCreateRequest.Builder watch(ByteString key) {
    return WatchCreateRequest.newBuilder().setKey(key);
  }

  static WatchCreateRequest.Builder watchPrefix(ByteString prefix) {
    return watch(prefix).setRangeEnd(prefixEnd(prefix));
  }
}
