package io.flotilla.raft.shard;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.storage.mvcc.KeyMeta;
import io.flotilla.storage.mvcc.KeyValue;
import org.jspecify.annotations.Nullable;

/// Every key as it stands at one point: what requests are evaluated against.
interface KeyView {
  /// What is known of a key; null when it does not exist.
  @Nullable KeyMeta meta(Key key);

  /// The key with its value; null when it does not exist.
  @Nullable KeyValue get(Key key);

  PairCursor scan(KeyRange range);

  /// Keys in a range.
  long count(KeyRange range);

  /// Whether [#count] costs about the same for every range. When not, it looks at each key.
  boolean countsQuickly();
}
