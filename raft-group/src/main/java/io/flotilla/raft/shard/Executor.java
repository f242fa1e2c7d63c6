package io.flotilla.raft.shard;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.Rejection;
import io.flotilla.proto.etcd.DeleteRangeRequest;
import io.flotilla.proto.etcd.DeleteRangeResponse;
import io.flotilla.proto.etcd.PutRequest;
import io.flotilla.proto.etcd.PutResponse;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.storage.mvcc.KeyMeta;
import io.flotilla.storage.mvcc.KeyValue;
import io.flotilla.storage.mvcc.MvccStore;
import org.jspecify.annotations.Nullable;

/// Decides what a command does: the *execute* half. It reads the context's view, leaves the changes
/// in the context and writes nothing.
final class Executor {
  private static final byte[] NO_VALUE = {};

  private final MvccStore store;
  private final LeaseRegistry leases;

  Executor(MvccStore store, LeaseRegistry leases) {
    this.store = store;
    this.leases = leases;
  }

  CommandResult put(PutRequest request, WriteContext context) {
    // etcd behaviour: outside of a txn an unknown lease is found before a missing key.
    Rejection refusal = refuseLease(request);
    if (refusal == null) {
      refusal = refuseMissing(request, context.before());
    }
    if (refusal != null) {
      return new CommandResult.Rejected(refusal);
    }
    PutResponse.Builder response = applyPut(request, context);
    return new CommandResult.Done(response, context.revisionNow());
  }

  CommandResult deleteRange(DeleteRangeRequest request, WriteContext context) {
    DeleteRangeResponse.Builder response = applyDelete(request, context);
    return new CommandResult.Done(response, context.revisionNow());
  }

  CommandResult txn(TxnRequest request, WriteContext context) {
    TxnPath path = TxnPath.decide(request, context.before());
    Rejection refusal = TxnChecks.check(request, path.replay(), this, context.before());
    if (refusal != null) {
      return new CommandResult.Rejected(refusal);
    }
    var response = new TxnExecution(this, context, path.replay()).run(request);
    return new CommandResult.Done(response, context.revisionNow());
  }

  @Nullable Rejection refuseLease(PutRequest request) {
    long lease = request.getLease();
    return lease == 0 || leases.exists(lease) ? null : new Rejection.LeaseNotFound(lease);
  }

  /// The empty key never exists, and nothing may make it: a request for it is refused before it is
  /// proposed, and here if it comes all the same.
  @Nullable Rejection refuseMissing(PutRequest request, KeyView view) {
    if (request.getKey().isEmpty()) {
      return new Rejection.KeyNotFound();
    }
    boolean needsKey = request.getIgnoreValue() || request.getIgnoreLease();
    boolean missing = needsKey && view.meta(Pairs.key(request.getKey())) == null;
    return missing ? new Rejection.KeyNotFound() : null;
  }

  MvccStore store() {
    return store;
  }

  /// Puts, without any check.
  PutResponse.Builder applyPut(PutRequest request, WriteContext context) {
    Key key = Pairs.key(request.getKey());
    var response = PutResponse.newBuilder();
    byte[] value = Pairs.array(request.getValue());
    long lease = request.getLease();
    if (request.getPrevKv() || request.getIgnoreValue()) {
      KeyValue previous = context.now().get(key);
      if (request.getPrevKv() && previous != null) {
        response.setPrevKv(Pairs.message(previous));
      }
      if (request.getIgnoreValue()) {
        // Missing here only after a delete earlier in the same txn.
        value = previous == null ? NO_VALUE : previous.value();
      }
    }
    if (request.getIgnoreLease()) {
      KeyMeta previous = context.now().meta(key);
      lease = previous == null ? 0 : previous.lease();
    }
    context.put(key, value, lease);
    return response;
  }

  /// Deletes what the interval holds at this point of the command.
  DeleteRangeResponse.Builder applyDelete(DeleteRangeRequest request, WriteContext context) {
    var response = DeleteRangeResponse.newBuilder();
    boolean previous = request.getPrevKv();
    if (request.getRangeEnd().isEmpty()) {
      deleteSingle(Pairs.key(request.getKey()), previous, context, response);
      return response;
    }
    var range = Pairs.range(request.getKey(), request.getRangeEnd());
    deleteAll(range, previous, context, response);
    return response;
  }

  /// Deletes what an interval holds and adds it to the response.
  void deleteAll(
      KeyRange range,
      boolean previous,
      WriteContext context,
      DeleteRangeResponse.Builder response) {
    int already = context.changes().size();
    var doomed = context.now().scan(range);
    while (doomed.next()) {
      Key key = doomed.key();
      if (previous) {
        var meta = doomed.meta();
        response.addPrevKvs(Pairs.message(key, meta, doomed.value()));
      }
      context.delete(key);
    }
    response.setDeleted(response.getDeleted() + context.changes().size() - already);
  }

  private void deleteSingle(
      Key key, boolean previous, WriteContext context, DeleteRangeResponse.Builder response) {
    KeyView now = context.now();
    if (previous) {
      KeyValue pair = now.get(key);
      if (pair == null) {
        return;
      }
      response.addPrevKvs(Pairs.message(pair));
    } else if (now.meta(key) == null) {
      return;
    }
    context.delete(key);
    response.setDeleted(1);
  }
}
