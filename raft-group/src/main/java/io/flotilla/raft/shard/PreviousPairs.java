package io.flotilla.raft.shard;

import io.flotilla.base.Key;
import io.flotilla.proto.mvcc.KeyValue;
import org.jspecify.annotations.Nullable;

/// Finds the pair that an event replaced. For the group's loop only.
@FunctionalInterface
interface PreviousPairs {
  /// The key as it was just below `revision`; null if it did not exist or that is compacted away.
  @Nullable KeyValue before(Key key, long revision);
}
