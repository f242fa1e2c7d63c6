package io.flotilla.raft.ordered;

import static io.flotilla.base.Invariants.check;

import com.google.protobuf.ByteString;
import io.flotilla.proto.command.TxnDecision;
import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.proto.etcd.ResponseOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.proto.mvcc.KeyValue;
import io.flotilla.raft.shard.RangeParts;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/// Makes the response of a txn out of the parts of the groups. An operation's header has the
/// transaction's revision once it or one before it changed something, in whatever group.
final class TxnMerge {
  private static final Comparator<KeyValue> BY_KEY =
      Comparator.comparing(KeyValue::getKey, ByteString.unsignedLexicographicalComparator());

  private final TxnDecision decision;
  private final long before;
  private int next;
  private boolean changed;

  TxnMerge(TxnDecision decision) {
    this.decision = decision;
    this.before = decision.getMutates() ? decision.getRevision() - 1 : decision.getRevision();
  }

  TxnResponse.Builder merge(TxnRequest txn, List<TxnResponse> parts) {
    boolean holds = decision.getSucceeded(next++);
    var merged = TxnResponse.newBuilder().setSucceeded(holds);
    if (holds) {
      merge(txn.getSuccessList(), parts, merged);
      pass(txn.getFailureList());
    } else {
      pass(txn.getSuccessList());
      merge(txn.getFailureList(), parts, merged);
    }
    return merged;
  }

  /// Counts the txns of a branch that was not taken.
  private void pass(List<RequestOp> ops) {
    for (RequestOp op : ops) {
      if (op.hasRequestTxn()) {
        next++;
        pass(op.getRequestTxn().getSuccessList());
        pass(op.getRequestTxn().getFailureList());
      }
    }
  }

  private void merge(List<RequestOp> ops, List<TxnResponse> parts, TxnResponse.Builder into) {
    for (int i = 0; i < ops.size(); i++) {
      List<ResponseOp> own = new ArrayList<>(parts.size());
      for (TxnResponse part : parts) {
        check(part.getResponsesCount() == ops.size(), "a part answers every operation");
        own.add(part.getResponses(i));
      }
      into.addResponses(merge(ops.get(i), own));
    }
  }

  private ResponseOp merge(RequestOp op, List<ResponseOp> parts) {
    var merged = ResponseOp.newBuilder();
    switch (op.getRequestCase()) {
      case REQUEST_PUT -> merged.setResponsePut(put(parts));
      case REQUEST_DELETE_RANGE -> merged.setResponseDeleteRange(delete(parts));
      case REQUEST_RANGE -> {
        List<RangeResponse> ranges = parts.stream().map(ResponseOp::getResponseRange).toList();
        var range = RangeParts.merge(op.getRequestRange(), ranges);
        merged.setResponseRange(range.setHeader(header()));
      }
      case REQUEST_TXN -> {
        List<TxnResponse> nested = parts.stream().map(ResponseOp::getResponseTxn).toList();
        // etcd behaviour: the header of a nested txn is there and empty.
        merged.setResponseTxn(
            merge(op.getRequestTxn(), nested).setHeader(ResponseHeader.getDefaultInstance()));
      }
      case REQUEST_NOT_SET -> throw new IllegalArgumentException("an operation has content");
    }
    return merged.build();
  }

  private PutResponse put(List<ResponseOp> parts) {
    changed = true;
    var merged = PutResponse.newBuilder().setHeader(header());
    for (ResponseOp part : parts) {
      if (part.getResponsePut().hasPrevKv()) {
        merged.setPrevKv(part.getResponsePut().getPrevKv());
      }
    }
    return merged.build();
  }

  private DeleteRangeResponse delete(List<ResponseOp> parts) {
    long deleted = 0;
    List<KeyValue> previous = new ArrayList<>();
    for (ResponseOp part : parts) {
      deleted += part.getResponseDeleteRange().getDeleted();
      previous.addAll(part.getResponseDeleteRange().getPrevKvsList());
    }
    changed |= deleted > 0;
    previous.sort(BY_KEY);
    return DeleteRangeResponse.newBuilder()
        .setHeader(header())
        .setDeleted(deleted)
        .addAllPrevKvs(previous)
        .build();
  }

  private ResponseHeader header() {
    check(!changed || decision.getMutates(), "what changes something takes a revision");
    long revision = changed ? decision.getRevision() : before;
    return ResponseHeader.newBuilder().setRevision(revision).build();
  }
}
