package io.flotilla.contract;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.*;
import io.flotilla.proto.etcd.Compare.CompareResult;
import io.flotilla.proto.etcd.Compare.CompareTarget;

/// Short forms of requests, to be refined by their builders.
public final class Requests {
  /// As `range_end`: every key from `key` on.
  public static final ByteString FROM_KEY = ByteString.copyFrom(new byte[1]);

  private Requests() {}

  public static ByteString bytes(String text) {
    return ByteString.copyFromUtf8(text);
  }

  /// The end of the interval of all keys that start with `prefix`, which ends below 0xff.
  public static ByteString prefixEnd(ByteString prefix) {
    var end = prefix.toByteArray();
    end[end.length - 1]++;
    return ByteString.copyFrom(end);
  }

  public static RangeRequest.Builder range(ByteString key) {
    return RangeRequest.newBuilder().setKey(key);
  }

  public static RangeRequest.Builder range(ByteString key, ByteString end) {
    return range(key).setRangeEnd(end);
  }

  public static PutRequest.Builder put(ByteString key, String value) {
    return PutRequest.newBuilder().setKey(key).setValue(bytes(value));
  }

  public static PutRequest.Builder leased(ByteString key, String value, long lease) {
    return put(key, value).setLease(lease);
  }

  public static DeleteRangeRequest.Builder delete(ByteString key) {
    return DeleteRangeRequest.newBuilder().setKey(key);
  }

  public static DeleteRangeRequest.Builder delete(ByteString key, ByteString end) {
    return delete(key).setRangeEnd(end);
  }

  public static TxnRequest.Builder txn() {
    return TxnRequest.newBuilder();
  }

  /// A transaction without conditions.
  public static TxnRequest.Builder txn(RequestOp... ops) {
    var txn = txn();
    for (var op : ops) {
      txn.addSuccess(op);
    }
    return txn;
  }

  public static RequestOp op(RangeRequest.Builder request) {
    return RequestOp.newBuilder().setRequestRange(request).build();
  }

  public static RequestOp op(PutRequest.Builder request) {
    return RequestOp.newBuilder().setRequestPut(request).build();
  }

  public static RequestOp op(DeleteRangeRequest.Builder request) {
    return RequestOp.newBuilder().setRequestDeleteRange(request).build();
  }

  public static RequestOp op(TxnRequest.Builder request) {
    return RequestOp.newBuilder().setRequestTxn(request).build();
  }

  public static Compare.Builder version(ByteString key, CompareResult result, long version) {
    return compare(key, CompareTarget.VERSION, result).setVersion(version);
  }

  public static Compare.Builder create(ByteString key, CompareResult result, long revision) {
    return compare(key, CompareTarget.CREATE, result).setCreateRevision(revision);
  }

  public static Compare.Builder mod(ByteString key, CompareResult result, long revision) {
    return compare(key, CompareTarget.MOD, result).setModRevision(revision);
  }

  public static Compare.Builder value(ByteString key, CompareResult result, String value) {
    return compare(key, CompareTarget.VALUE, result).setValue(bytes(value));
  }

  public static Compare.Builder lease(ByteString key, CompareResult result, long lease) {
    return compare(key, CompareTarget.LEASE, result).setLease(lease);
  }

  public static Compare.Builder compare(
      ByteString key, CompareTarget target, CompareResult result) {
    return Compare.newBuilder().setKey(key).setTarget(target).setResult(result);
  }

  public static WatchCreateRequest.Builder watch(ByteString key) {
    return WatchCreateRequest.newBuilder().setKey(key);
  }

  public static WatchCreateRequest.Builder watchPrefix(ByteString prefix) {
    return watch(prefix).setRangeEnd(prefixEnd(prefix));
  }
}
