package io.flotilla.raft.shard;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.storage.mvcc.KeyMeta;
import io.flotilla.storage.mvcc.KeyValue;
import io.flotilla.storage.mvcc.MvccStore;
import io.flotilla.storage.mvcc.RangeScan;
import io.flotilla.storage.mvcc.ScanStep;
import org.jspecify.annotations.Nullable;

/// What the store holds, at one revision or always at the newest.
///
/// Reads throw [io.flotilla.base.RejectedException] once the revision is compacted.
final class StoreView implements KeyView {
  private static final long NEWEST = -1;

  private final MvccStore store;
  private final long at;

  private StoreView(MvccStore store, long at) {
    this.store = store;
    this.at = at;
  }

  /// Moves along with the store.
  static StoreView newest(MvccStore store) {
    return new StoreView(store, NEWEST);
  }

  /// Stays at a revision whatever is written later.
  static StoreView at(MvccStore store, long revision) {
    return new StoreView(store, revision);
  }

  private long revision() {
    return at == NEWEST ? store.revision() : at;
  }

  @Override
  public @Nullable KeyMeta meta(Key key) {
    if (countsQuickly()) {
      return store.meta(key);
    }
    KeyValue pair = store.get(key, at);
    return pair == null ? null : Pairs.meta(pair);
  }

  @Override
  public @Nullable KeyValue get(Key key) {
    return store.get(key, revision());
  }

  @Override
  public PairCursor scan(KeyRange range) {
    return new StoreCursor(store.scan(range, revision()));
  }

  @Override
  public long count(KeyRange range) {
    return store.count(range, revision());
  }

  @Override
  public boolean countsQuickly() {
    return at == NEWEST || at == store.head();
  }

  private record StoreCursor(RangeScan scan) implements PairCursor {
    @Override
    public ScanStep step(int budget) {
      return scan.step(budget);
    }

    @Override
    public Key key() {
      return scan.key();
    }

    @Override
    public long createRevision() {
      return scan.createRevision();
    }

    @Override
    public long modRevision() {
      return scan.modRevision();
    }

    @Override
    public long version() {
      return scan.version();
    }

    @Override
    public long lease() {
      return scan.lease();
    }

    @Override
    public byte[] value() {
      return scan.value();
    }
  }
}
