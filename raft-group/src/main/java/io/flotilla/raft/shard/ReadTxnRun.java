package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.Rejection;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RequestOp;
import io.flotilla.proto.etcd.ResponseHeader;
import io.flotilla.proto.etcd.ResponseOp;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import io.flotilla.storage.mvcc.MvccStore;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers [ShardQuery.ReadTxn]: first the compares, then the ranges of the branch they choose, all
/// at the revision that was the newest at the first step, or that was asked for.
final class ReadTxnRun extends RefusableRun<Reply<TxnResponse.Builder>> {
  private final MvccStore store;
  private final TxnRequest request;
  private final TxnResponse.Builder response = TxnResponse.newBuilder();
  private @Nullable KeyView view;
  private @Nullable List<RequestOp> branch;
  private long revision;
  private int nextCompare;
  private int nextOp;
  private @Nullable CompareRun compare;
  private @Nullable RangeRun range;

  ReadTxnRun(MvccStore store, ShardQuery.ReadTxn query) {
    this.store = store;
    this.request = query.request();
    this.revision = query.revision();
  }

  @Override
  boolean proceed(int budget) {
    KeyView state = view;
    if (state == null) {
      state = begin();
      view = state;
    }
    List<RequestOp> ops = branch;
    if (ops == null) {
      return proceedComparing(state, budget);
    }
    return proceedReading(state, ops, budget);
  }

  private KeyView begin() {
    if (revision == 0) {
      revision = store.revision();
    } else {
      refuse(store.refusal(revision));
    }
    return StoreView.at(store, revision);
  }

  private static void refuse(@Nullable Rejection refusal) {
    if (refusal != null) {
      throw refusal.asException();
    }
  }

  /// Steps the compare under way; each compare is at least one step, so that many of them are as
  /// bounded as one over many keys.
  private boolean proceedComparing(KeyView state, int budget) {
    for (int left = budget; left > 0; left--) {
      if (nextCompare == request.getCompareCount()) {
        choose(true);
        return true;
      }
      CompareRun current = compare;
      if (current == null) {
        current = new CompareRun(state, request.getCompare(nextCompare));
        compare = current;
      }
      if (current.step(left)) {
        return true;
      }
      compare = null;
      nextCompare++;
      if (!current.holds()) {
        choose(false);
        return true;
      }
    }
    return true;
  }

  private void choose(boolean succeeded) {
    List<RequestOp> ops = TxnPath.branch(request, succeeded);
    for (RequestOp op : ops) {
      check(op.hasRequestRange(), "a read-only txn has ranges only");
      if (op.getRequestRange().getRevision() > revision) {
        throw new Rejection.FutureRevision(revision).asException();
      }
      refuse(RevisionChecks.inTxn(store, op.getRequestRange()));
    }
    response.setSucceeded(succeeded);
    branch = ops;
  }

  private boolean proceedReading(KeyView state, List<RequestOp> ops, int budget) {
    for (int left = budget; left > 0; left--) {
      if (nextOp == ops.size()) {
        return false;
      }
      RangeRun current = range;
      if (current == null) {
        RangeRequest next = ops.get(nextOp).getRequestRange();
        current = new RangeRun(RevisionChecks.view(store, next, state), next, true);
        range = current;
      }
      if (current.step(left)) {
        return true;
      }
      var header = ResponseHeader.newBuilder().setRevision(revision);
      var done = current.response().setHeader(header);
      response.addResponses(ResponseOp.newBuilder().setResponseRange(done));
      range = null;
      nextOp++;
    }
    return nextOp < ops.size();
  }

  @Override
  Reply<TxnResponse.Builder> answer() {
    return new Reply<>(response, revision);
  }
}
