package io.flotilla.raft.shard;

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

/// Runs the operations of a txn whose branches are decided and whose checks have passed. Each sees
/// what the ones before it changed.
final class TxnExecution {
  private final Executor executor;
  private final WriteContext context;
  private final TxnPath.Replay path;

  TxnExecution(Executor executor, WriteContext context, TxnPath.Replay path) {
    this.executor = executor;
    this.context = context;
    this.path = path;
  }

  TxnResponse.Builder run(TxnRequest txn) {
    boolean succeeded = path.succeeds();
    var response = TxnResponse.newBuilder().setSucceeded(succeeded);
    for (RequestOp op : TxnPath.branch(txn, succeeded)) {
      response.addResponses(run(op));
    }
    return response;
  }

  private ResponseOp run(RequestOp op) {
    var response = ResponseOp.newBuilder();
    switch (op.getRequestCase()) {
      case REQUEST_RANGE -> response.setResponseRange(range(op.getRequestRange()));
      case REQUEST_PUT -> response.setResponsePut(put(op.getRequestPut()));
      case REQUEST_DELETE_RANGE ->
          response.setResponseDeleteRange(delete(op.getRequestDeleteRange()));
      case REQUEST_TXN -> response.setResponseTxn(nested(op.getRequestTxn()));
      case REQUEST_NOT_SET ->
          throw new IllegalArgumentException("an operation without content reached the log");
    }
    return response.build();
  }

  private RangeResponse range(RangeRequest request) {
    KeyView view = RevisionChecks.view(executor.store(), request, context.now());
    return new RangeRun(view, request, true).run().setHeader(header()).build();
  }

  private PutResponse put(PutRequest request) {
    return executor.applyPut(request, context).setHeader(header()).build();
  }

  private DeleteRangeResponse delete(DeleteRangeRequest request) {
    return executor.applyDelete(request, context).setHeader(header()).build();
  }

  /// etcd behaviour: the header of a nested txn is there and empty.
  private TxnResponse nested(TxnRequest request) {
    return run(request).setHeader(ResponseHeader.getDefaultInstance()).build();
  }

  /// After the operation: its revision if it or one before it changed something.
  private ResponseHeader header() {
    return ResponseHeader.newBuilder().setRevision(context.revisionNow()).build();
  }
}
