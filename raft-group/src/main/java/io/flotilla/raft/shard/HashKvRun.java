package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.check;

import io.flotilla.proto.etcd.HashKVResponse;
import io.flotilla.storage.mvcc.HashResult;
import io.flotilla.storage.mvcc.HashRun;
import io.flotilla.storage.mvcc.MvccStore;
import org.jspecify.annotations.Nullable;

/// Answers [ShardQuery.HashKv] from a read view of its own.
final class HashKvRun extends RefusableRun<Reply<HashKVResponse.Builder>> {
  private final MvccStore store;
  private final long revision;
  private final OwnKeys own;
  private @Nullable HashRun run;
  private @Nullable HashResult hash;
  private long storeRevision;

  HashKvRun(MvccStore store, long revision, OwnKeys own) {
    this.store = store;
    this.revision = revision;
    this.own = own;
  }

  @Override
  boolean proceed(int budget) {
    HashRun current = run;
    if (current == null) {
      storeRevision = store.revision();
      current = store.openHash(revision, own.ranges());
      run = current;
    }
    if (current.step(budget)) {
      return true;
    }
    hash = current.result();
    close();
    return false;
  }

  @Override
  Reply<HashKVResponse.Builder> answer() {
    HashResult found = hash;
    check(found != null, "a finished run has a hash");
    var response =
        HashKVResponse.newBuilder()
            .setHash(found.hash())
            .setCompactRevision(found.compactRevision())
            .setHashRevision(found.hashRevision());
    return new Reply<>(response, storeRevision);
  }

  @Override
  public void close() {
    HashRun held = run;
    if (held != null) {
      held.close();
    }
  }
}
