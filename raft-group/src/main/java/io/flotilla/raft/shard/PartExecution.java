package io.flotilla.raft.shard;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.ResponseOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Runs what concerns a group's own keys in the branches that a decision took. The responses have
/// no headers: merging knows what other groups changed.
final class PartExecution {
  private static final byte[] FROM_KEY = {0};

  private final Executor executor;
  private final WriteContext context;
  private final OwnKeys own;
  private final List<Boolean> succeeded;
  private int next;

  /// @param succeeded by the number of the txn; those in branches not taken count
  PartExecution(Executor executor, WriteContext context, OwnKeys own, List<Boolean> succeeded) {
    this.executor = executor;
    this.context = context;
    this.own = own;
    this.succeeded = succeeded;
  }

  TxnResponse run(TxnRequest txn) {
    boolean holds = succeeded.get(next++);
    var response = TxnResponse.newBuilder().setSucceeded(holds);
    if (holds) {
      run(txn.getSuccessList(), response);
      pass(txn.getFailureList());
    } else {
      pass(txn.getSuccessList());
      run(txn.getFailureList(), response);
    }
    return response.build();
  }

  /// Counts the txns of a branch that is not taken.
  private void pass(List<RequestOp> ops) {
    for (RequestOp op : ops) {
      if (op.hasRequestTxn()) {
        next++;
        pass(op.getRequestTxn().getSuccessList());
        pass(op.getRequestTxn().getFailureList());
      }
    }
  }

  private void run(List<RequestOp> ops, TxnResponse.Builder into) {
    for (RequestOp op : ops) {
      var response = ResponseOp.newBuilder();
      switch (op.getRequestCase()) {
        case REQUEST_RANGE -> response.setResponseRange(range(op.getRequestRange()));
        case REQUEST_PUT -> response.setResponsePut(put(op.getRequestPut()));
        case REQUEST_DELETE_RANGE ->
            response.setResponseDeleteRange(delete(op.getRequestDeleteRange()));
        case REQUEST_TXN -> response.setResponseTxn(run(op.getRequestTxn()));
        case REQUEST_NOT_SET ->
            throw new IllegalArgumentException("an operation without content was committed");
      }
      into.addResponses(response);
    }
  }

  private PutResponse put(PutRequest request) {
    return own.contains(Pairs.key(request.getKey()))
        ? executor.applyPut(request, context).build()
        : PutResponse.getDefaultInstance();
  }

  private DeleteRangeResponse delete(DeleteRangeRequest request) {
    var response = DeleteRangeResponse.newBuilder();
    for (KeyRange span : own.clip(Pairs.range(request.getKey(), request.getRangeEnd()))) {
      executor.deleteAll(span, request.getPrevKv(), context, response);
    }
    return response.build();
  }

  private RangeResponse range(RangeRequest request) {
    RangeRequest part = RangeParts.part(request);
    KeyView view = RevisionChecks.view(executor.store(), request, context.now());
    if (request.getRangeEnd().isEmpty()) {
      return own.contains(Pairs.key(request.getKey()))
          ? new RangeRun(view, part, true).run().build()
          : RangeResponse.getDefaultInstance();
    }
    List<RangeResponse> answers = new ArrayList<>(1);
    for (KeyRange span : own.clip(Pairs.range(request.getKey(), request.getRangeEnd()))) {
      Key end = span.end();
      if (end != null && Arrays.equals(end.bytes(), FROM_KEY)) {
        continue; // the empty key, which never exists; as a request it would mean everything
      }
      var asked = part.toBuilder().setKey(Pairs.wrap(span.start().bytes()));
      asked.setRangeEnd(Pairs.wrap(end == null ? FROM_KEY : end.bytes()));
      answers.add(new RangeRun(view, asked.build(), true).run().build());
    }
    return answers.size() == 1 ? answers.getFirst() : RangeParts.merge(part, answers).build();
  }
}
