package io.flotilla.raft.shard;

import com.google.protobuf.ByteString;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.RequestOp;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/// Whether a branch of a txn writes a key twice: puts it twice, or puts and deletes it. Holds what
/// one list of operations, with everything nested in it, puts and deletes.
///
/*
 * The rule is etcd's, with its edges, because a txn that etcd takes must be taken and one that it
 * refuses must be refused (all observed):
 *
 * - The two branches of one nested txn never run together, so both may put a key; but they count
 *   together against everything else of the list, also against the other branches of siblings.
 * - The puts of a nested txn are held against the deletes of the list itself and of the siblings
 *   before it; the deletes of siblings after it are not: put-then-delete of a key in two sibling
 *   txns passes, delete-then-put does not.
 * - A delete from a key on (`range_end` of one zero byte) is taken literally as the interval up to
 *   the key `\x00`, which is empty: it never collides with a put.
 */
final class TxnOverlap {
  private final Set<ByteString> puts = new HashSet<>();
  private final KeySpans deletes = new KeySpans();

  private TxnOverlap() {}

  /// The fault of one branch; null for none.
  static @Nullable RequestFault check(List<RequestOp> ops) {
    if (ops.size() == 1 && !ops.getFirst().hasRequestTxn()) {
      return null;
    }
    return collect(ops) == null ? RequestFault.DUPLICATE_KEY : null;
  }

  /// What the operations write; null when they overlap.
  private static @Nullable TxnOverlap collect(List<RequestOp> ops) {
    var found = new TxnOverlap();
    for (RequestOp op : ops) {
      if (op.hasRequestDeleteRange()) {
        found.addDelete(op.getRequestDeleteRange());
      }
    }
    for (RequestOp op : ops) {
      if (op.hasRequestTxn() && !found.addNested(op)) {
        return null;
      }
    }
    for (RequestOp op : ops) {
      if (op.hasRequestPut() && !found.addPut(op.getRequestPut().getKey())) {
        return null;
      }
    }
    return found;
  }

  private boolean addNested(RequestOp op) {
    TxnOverlap success = collect(op.getRequestTxn().getSuccessList());
    if (success == null) {
      return false;
    }
    TxnOverlap failure = collect(op.getRequestTxn().getFailureList());
    if (failure == null) {
      return false;
    }
    for (ByteString key : success.puts) {
      if (!addPut(key)) {
        return false;
      }
    }
    for (ByteString key : failure.puts) {
      if (!success.puts.contains(key) && !addPut(key)) {
        return false;
      }
    }
    deletes.addAll(success.deletes);
    deletes.addAll(failure.deletes);
    return true;
  }

  private boolean addPut(ByteString key) {
    return !deletes.contains(key) && puts.add(key);
  }

  private void addDelete(DeleteRangeRequest delete) {
    if (delete.getRangeEnd().isEmpty()) {
      deletes.add(delete.getKey());
    } else {
      deletes.add(delete.getKey(), delete.getRangeEnd());
    }
  }
}
