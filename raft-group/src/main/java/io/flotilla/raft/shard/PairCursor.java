package io.flotilla.raft.shard;

import io.flotilla.base.Key;
import io.flotilla.storage.mvcc.KeyMeta;
import io.flotilla.storage.mvcc.ScanStep;

/// The pairs of a range in key order, one at a time. What it stands on may be asked for after a
/// step that returned [ScanStep#ENTRY].
interface PairCursor {
  /// Goes to the next pair, looking at no more than `budget` places where one may be.
  ScanStep step(int budget);

  /// Goes to the next pair, however far it is. False at the end.
  default boolean next() {
    ScanStep step = step(Integer.MAX_VALUE);
    while (step == ScanStep.PAUSED) {
      step = step(Integer.MAX_VALUE);
    }
    return step == ScanStep.ENTRY;
  }

  Key key();

  long createRevision();

  long modRevision();

  long version();

  long lease();

  byte[] value();

  default KeyMeta meta() {
    return new KeyMeta(createRevision(), modRevision(), version(), lease());
  }
}
