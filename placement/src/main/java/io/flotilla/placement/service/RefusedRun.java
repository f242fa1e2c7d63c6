package io.flotilla.placement.service;

import io.flotilla.base.Rejection;
import io.flotilla.raft.shard.QueryRun;

/// A read that is refused at once.
record RefusedRun<T>(Rejection rejection) implements QueryRun<T> {
  @Override
  public boolean step(int budget) {
    return false;
  }

  @Override
  public T result() {
    throw new IllegalStateException("a refused read has no result: " + rejection);
  }
}
