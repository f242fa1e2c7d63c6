package io.flotilla.raft.shard;

import io.flotilla.base.Key;
import org.jspecify.annotations.Nullable;

/// One change of one key as a command decided it. Its revision, create revision and version follow
/// from where it is ordered.
///
/// @param value what a put writes; null deletes the key
/// @param lease that the put attaches, 0 for none
record Change(Key key, byte @Nullable [] value, long lease) {
  static Change put(Key key, byte[] value, long lease) {
    return new Change(key, value, lease);
  }

  static Change delete(Key key) {
    return new Change(key, null, 0);
  }
}
