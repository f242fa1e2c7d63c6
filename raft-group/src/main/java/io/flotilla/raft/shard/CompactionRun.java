package io.flotilla.raft.shard;

import io.flotilla.storage.mvcc.MvccStore;

/// Answers [ShardQuery.CompactionFinished].
final class CompactionRun extends RefusableRun<Long> {
  private final MvccStore store;

  CompactionRun(MvccStore store) {
    this.store = store;
  }

  @Override
  boolean proceed(int budget) {
    return store.scheduledCompaction() >= 0 && store.compactStep(budget);
  }

  @Override
  Long answer() {
    return store.compactRevision();
  }
}
