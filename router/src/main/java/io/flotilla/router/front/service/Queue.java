package io.flotilla.router.front.service;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeRequest.SortOrder;
import io.flotilla.proto.etcd.RangeRequest.SortTarget;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;

/// The keys of those who wait for one lock or election: one for each lease, in the order of their
/// creation. The first one owns it. The layout is etcd's, so clients that queue up by themselves
/// stand in the same line.
///
/// @param name of the lock or election
record Queue(ByteString name) {
  private static final ByteString SLASH = ByteString.copyFromUtf8("/");

  /// The byte behind the slash: where the keys that begin with one end.
  private static final ByteString BEHIND_SLASH = ByteString.copyFromUtf8("0");

  /// Where a lease stands in line.
  ByteString key(long lease) {
    String digits = Long.toHexString(lease < 0 ? -lease : lease);
    return start().concat(ByteString.copyFromUtf8(lease < 0 ? "-" + digits : digits));
  }

  private RangeRequest.Builder all() {
    return RangeRequest.newBuilder()
        .setKey(name.concat(SLASH))
        .setRangeEnd(name.concat(BEHIND_SLASH))
        .setSortTarget(SortTarget.CREATE)
        .setLimit(1);
  }

  /// Where the keys end.
  ByteString end() {
    return name.concat(BEHIND_SLASH);
  }

  ByteString start() {
    return name.concat(SLASH);
  }

  /// Who came first of those who are there.
  RangeRequest first() {
    return all().setSortOrder(SortOrder.ASCEND).build();
  }

  /// Who came last of those who came before a revision.
  RangeRequest lastBefore(long createRevision) {
    return all().setSortOrder(SortOrder.DESCEND).setMaxCreateRevision(createRevision - 1).build();
  }

  // ------------------------------------------------------------------- parts of txns

  static RangeRequest get(ByteString key) {
    return RangeRequest.newBuilder().setKey(key).build();
  }

  static Compare created(ByteString key, long revision) {
    return Compare.newBuilder()
        .setKey(key)
        .setTarget(Compare.CompareTarget.CREATE)
        .setResult(Compare.CompareResult.EQUAL)
        .setCreateRevision(revision)
        .build();
  }

  static RequestOp put(ByteString key, ByteString value, long lease) {
    var put = PutRequest.newBuilder().setKey(key).setValue(value).setLease(lease);
    return RequestOp.newBuilder().setRequestPut(put).build();
  }

  static RequestOp read(RangeRequest range) {
    return RequestOp.newBuilder().setRequestRange(range).build();
  }

  /// Takes a key away if it is still the one that was created then.
  static TxnRequest leave(ByteString key, long createRevision) {
    var delete = DeleteRangeRequest.newBuilder().setKey(key);
    return TxnRequest.newBuilder()
        .addCompare(created(key, createRevision))
        .addSuccess(RequestOp.newBuilder().setRequestDeleteRange(delete))
        .build();
  }

  /// Gives a key another value if it is still the one that was created then.
  static TxnRequest rewrite(ByteString key, long createRevision, ByteString value, long lease) {
    return TxnRequest.newBuilder()
        .addCompare(created(key, createRevision))
        .addSuccess(put(key, value, lease))
        .build();
  }
}
