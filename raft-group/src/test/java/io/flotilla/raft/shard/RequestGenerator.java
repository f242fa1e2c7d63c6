package io.flotilla.raft.shard;

import static io.flotilla.raft.shard.Requests.bytes;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.Compare;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.TxnRequest;
import java.util.List;
import java.util.Random;

/// Random requests over few keys, so that they meet. Valid by themselves ([RequestChecks]); whether
/// the state refuses them is part of the game.
public final class RequestGenerator {
  private static final List<String> KEYS = List.of("a", "aa", "b", "b\0", "c", "d\u00ff", "e");
  private static final List<String> ENDS = List.of("", "", "\0", "aa", "c", "d", "f", "\u00ff");
  private static final List<String> VALUES = List.of("", "x", "y", "yy", "\u00fe");

  private final Random random;
  private final boolean strict;
  private long newest;

  /// @param strict never names a revision above the newest, nor one that may be compacted
  public RequestGenerator(Random random, boolean strict) {
    this.random = random;
    this.strict = strict;
  }

  /// Tells where the store stands, for the revisions in requests.
  public void newest(long revision) {
    newest = revision;
  }

  private ByteString any(List<String> from) {
    return bytes(from.get(random.nextInt(from.size())));
  }

  private boolean rarely() {
    return random.nextInt(5) == 0;
  }

  /// Often 0; also negative, past and future unless strict.
  private long revision() {
    if (!rarely()) {
      return 0;
    }
    return strict ? newest : random.nextLong(newest + 5) - 2;
  }

  private long bound() {
    return rarely() ? random.nextLong(newest + 1) : 0;
  }

  public PutRequest put() {
    var put = PutRequest.newBuilder().setKey(any(KEYS)).setPrevKv(random.nextBoolean());
    if (rarely()) {
      put.setIgnoreValue(true);
    } else {
      put.setValue(any(VALUES));
    }
    if (rarely()) {
      put.setIgnoreLease(true);
    } else if (random.nextInt(3) == 0) {
      put.setLease(random.nextInt(11));
    }
    return put.build();
  }

  public DeleteRangeRequest delete() {
    var delete = DeleteRangeRequest.newBuilder().setKey(any(KEYS)).setPrevKv(random.nextBoolean());
    return rarely() ? delete.setRangeEnd(any(ENDS)).build() : delete.build();
  }

  public RangeRequest range() {
    var range = RangeRequest.newBuilder().setKey(any(KEYS)).setRangeEnd(any(ENDS));
    range.setLimit(random.nextInt(5) - 1).setRevision(revision());
    range.setSortOrderValue(random.nextInt(3)).setSortTargetValue(random.nextInt(5));
    range.setKeysOnly(rarely()).setCountOnly(rarely());
    range.setMinModRevision(bound()).setMaxModRevision(bound());
    return range.setMinCreateRevision(bound()).setMaxCreateRevision(bound()).build();
  }

  private Compare compare() {
    var compare = Compare.newBuilder().setKey(any(KEYS));
    compare.setTargetValue(random.nextInt(6)).setResultValue(random.nextInt(5));
    if (rarely()) {
      compare.setRangeEnd(any(ENDS));
    }
    switch (random.nextInt(5)) {
      case 0 -> compare.setVersion(random.nextInt(4));
      case 1 -> compare.setCreateRevision(random.nextLong(newest + 1));
      case 2 -> compare.setModRevision(random.nextLong(newest + 1));
      case 3 -> compare.setValue(any(VALUES));
      default -> compare.setLease(random.nextInt(4));
    }
    return compare.build();
  }

  public TxnRequest txn() {
    TxnRequest txn = txn(2);
    while (RequestChecks.check(txn, 128) != null) {
      txn = txn(2);
    }
    return txn;
  }

  private TxnRequest txn(int depth) {
    var txn = TxnRequest.newBuilder();
    for (int i = random.nextInt(3); i > 0; i--) {
      txn.addCompare(compare());
    }
    for (int i = random.nextInt(5); i > 0; i--) {
      txn.addSuccess(op(depth));
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      txn.addFailure(op(depth));
    }
    return txn.build();
  }

  private RequestOp op(int depth) {
    var op = RequestOp.newBuilder();
    switch (random.nextInt(depth > 0 ? 8 : 7)) {
      case 0, 1, 2 -> op.setRequestPut(put());
      case 3, 4 -> op.setRequestDeleteRange(delete());
      case 5, 6 -> op.setRequestRange(range());
      default -> op.setRequestTxn(txn(depth - 1));
    }
    return op.build();
  }

  /// A txn of compares and ranges only.
  public TxnRequest readTxn() {
    var txn = TxnRequest.newBuilder();
    for (int i = random.nextInt(3); i > 0; i--) {
      txn.addCompare(compare());
    }
    for (int i = random.nextInt(4); i > 0; i--) {
      txn.addSuccess(RequestOp.newBuilder().setRequestRange(range()));
      txn.addFailure(RequestOp.newBuilder().setRequestRange(range()));
    }
    return txn.build();
  }
}
