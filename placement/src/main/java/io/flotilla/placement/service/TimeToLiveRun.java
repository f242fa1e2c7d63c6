package io.flotilla.placement.service;

import com.google.protobuf.UnsafeByteOperations;
import io.flotilla.base.Key;
import io.flotilla.base.Rejection;
import io.flotilla.proto.etcd.LeaseTimeToLiveResponse;
import io.flotilla.raft.shard.QueryRun;
import io.flotilla.raft.shard.Reply;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// A lease's times with the keys attached to it, which another run finds.
record TimeToLiveRun(LeaseTimeToLiveResponse.Builder times, long revision, QueryRun<List<Key>> keys)
    implements QueryRun<Reply<LeaseTimeToLiveResponse.Builder>> {
  @Override
  public boolean step(int budget) {
    return keys.step(budget);
  }

  @Override
  public @Nullable Rejection rejection() {
    return keys.rejection();
  }

  @Override
  public Reply<LeaseTimeToLiveResponse.Builder> result() {
    times.clearKeys();
    keys.result().forEach(key -> times.addKeys(UnsafeByteOperations.unsafeWrap(key.bytes())));
    return new Reply<>(times, revision);
  }

  @Override
  public void close() {
    keys.close();
  }
}
