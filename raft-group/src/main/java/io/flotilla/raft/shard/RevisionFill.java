package io.flotilla.raft.shard;

import com.google.protobuf.Message;
import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.proto.etcd.ResponseOp;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.proto.mvcc.KeyValue;
import java.util.function.LongUnaryOperator;

/// Puts revisions where a response has placeholders.
final class RevisionFill {
  /// Gives the revision for a placeholder, or the placeholder back while it is not known.
  private final LongUnaryOperator revisions;

  RevisionFill(LongUnaryOperator revisions) {
    this.revisions = revisions;
  }

  long fill(long revision) {
    return Placeholders.is(revision) ? revisions.applyAsLong(revision) : revision;
  }

  /// @param response of a put, a delete or a txn
  void fill(Message.Builder response) {
    switch (response) {
      case PutResponse.Builder put -> fill(put);
      case DeleteRangeResponse.Builder delete -> fill(delete);
      case TxnResponse.Builder txn -> fill(txn);
      default -> throw new IllegalArgumentException("no write answers " + response.getClass());
    }
  }

  private void fill(PutResponse.Builder put) {
    if (put.hasHeader()) {
      fill(put.getHeaderBuilder());
    }
    if (put.hasPrevKv()) {
      fill(put.getPrevKvBuilder());
    }
  }

  private void fill(DeleteRangeResponse.Builder delete) {
    if (delete.hasHeader()) {
      fill(delete.getHeaderBuilder());
    }
    for (int i = 0; i < delete.getPrevKvsCount(); i++) {
      if (isOpen(delete.getPrevKvs(i))) {
        fill(delete.getPrevKvsBuilder(i));
      }
    }
  }

  private void fill(RangeResponse.Builder range) {
    if (range.hasHeader()) {
      fill(range.getHeaderBuilder());
    }
    for (int i = 0; i < range.getKvsCount(); i++) {
      if (isOpen(range.getKvs(i))) {
        fill(range.getKvsBuilder(i));
      }
    }
  }

  private void fill(TxnResponse.Builder txn) {
    for (int i = 0; i < txn.getResponsesCount(); i++) {
      ResponseOp.Builder op = txn.getResponsesBuilder(i);
      switch (op.getResponseCase()) {
        case RESPONSE_RANGE -> fill(op.getResponseRangeBuilder());
        case RESPONSE_PUT -> fill(op.getResponsePutBuilder());
        case RESPONSE_DELETE_RANGE -> fill(op.getResponseDeleteRangeBuilder());
        case RESPONSE_TXN -> fill(op.getResponseTxnBuilder());
        case RESPONSE_NOT_SET -> {}
      }
    }
  }

  private void fill(ResponseHeader.Builder header) {
    header.setRevision(fill(header.getRevision()));
  }

  private static boolean isOpen(KeyValue pair) {
    // A key is not created later than it was changed.
    return Placeholders.is(pair.getModRevision());
  }

  private void fill(KeyValue.Builder pair) {
    pair.setCreateRevision(fill(pair.getCreateRevision()));
    pair.setModRevision(fill(pair.getModRevision()));
  }
}
