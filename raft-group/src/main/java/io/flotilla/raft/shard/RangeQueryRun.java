package io.flotilla.raft.shard;

import io.flotilla.base.Rejection;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.storage.mvcc.MvccStore;
import org.jspecify.annotations.Nullable;

/// Answers [ShardQuery.Range] at the revision that is the newest, or asked for, at its first step.
final class RangeQueryRun extends RefusableRun<Reply<RangeResponse.Builder>> {
  private final MvccStore store;
  private final ShardQuery.Range query;
  private long storeRevision;
  private @Nullable RangeRun run;

  RangeQueryRun(MvccStore store, ShardQuery.Range query) {
    this.store = store;
    this.query = query;
  }

  @Override
  boolean proceed(int budget) {
    RangeRun current = run;
    if (current == null) {
      current = begin();
      run = current;
    }
    return current.step(budget);
  }

  private RangeRun begin() {
    storeRevision = store.revision();
    long asked = query.request().getRevision();
    Rejection refusal = RevisionChecks.range(store, asked);
    if (refusal != null) {
      throw refusal.asException();
    }
    var view = StoreView.at(store, asked <= 0 ? storeRevision : asked);
    return new RangeRun(view, query.request(), query.counted());
  }

  @Override
  Reply<RangeResponse.Builder> answer() {
    RangeRun finished = run;
    if (finished == null) {
      throw new IllegalStateException("a run that was answered has begun");
    }
    return new Reply<>(finished.response(), storeRevision);
  }
}
