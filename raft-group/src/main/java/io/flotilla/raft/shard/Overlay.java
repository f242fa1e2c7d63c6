package io.flotilla.raft.shard;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.storage.mvcc.KeyMeta;
import io.flotilla.storage.mvcc.KeyValue;
import io.flotilla.storage.mvcc.ScanStep;
import java.util.Collection;
import java.util.Iterator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/// Changes that are decided and not in the store yet, laid over a view of what is: the own changes
/// of a txn under way, or those of mutations that wait for their revision.
final class Overlay implements KeyView {
  /// A changed key.
  ///
  /// @param now null when the changes deleted it
  /// @param below whether the view underneath has the key
  /// @param revision of the newest of its changes
  record Entry(Key key, @Nullable KeyValue now, boolean below, long revision) {
    /// What the entry adds to the number of keys underneath.
    int weight() {
      return (now == null ? 0 : 1) - (below ? 1 : 0);
    }
  }

  private final KeyView base;
  private final NavigableMap<Key, Entry> entries = new TreeMap<>();

  Overlay(KeyView base) {
    this.base = base;
  }

  /// Lays one more change over everything so far.
  ///
  /// @param revision the change's, or what stands for it
  void apply(Change change, long revision) {
    Key key = change.key();
    Entry entry = entries.get(key);
    KeyMeta below = entry == null ? base.meta(key) : null;
    boolean existsBelow = entry == null ? below != null : entry.below();
    if (change.value() == null) {
      entries.put(key, new Entry(key, null, existsBelow, revision));
      return;
    }
    KeyMeta old = entry == null ? below : entry.now() == null ? null : Pairs.meta(entry.now());
    long create = old == null ? revision : old.createRevision();
    long version = old == null ? 1 : old.version() + 1;
    var now = new KeyValue(key, change.value(), create, revision, version, change.lease());
    entries.put(key, new Entry(key, now, existsBelow, revision));
  }

  /// Takes note that the store now holds a change of `key` that was made at `placeholder`: an entry
  /// made by it goes, one made by a later change learns the revision.
  void settle(Key key, long placeholder, long revision) {
    Entry entry = entries.get(key);
    if (entry == null) {
      return; // an earlier change of the same mutation took it along
    }
    if (entry.revision() == placeholder) {
      entries.remove(key);
      return;
    }
    boolean below = base.meta(key) != null;
    entries.put(
        key, new Entry(key, settled(entry.now(), placeholder, revision), below, entry.revision()));
  }

  private static @Nullable KeyValue settled(
      @Nullable KeyValue now, long placeholder, long revision) {
    if (now == null || now.createRevision() != placeholder) {
      return now;
    }
    return new KeyValue(
        now.key(), now.value(), revision, now.modRevision(), now.version(), now.lease());
  }

  boolean isEmpty() {
    return entries.isEmpty();
  }

  @Override
  public @Nullable KeyMeta meta(Key key) {
    Entry entry = entries.get(key);
    if (entry == null) {
      return base.meta(key);
    }
    return entry.now() == null ? null : Pairs.meta(entry.now());
  }

  @Override
  public @Nullable KeyValue get(Key key) {
    Entry entry = entries.get(key);
    return entry == null ? base.get(key) : entry.now();
  }

  @Override
  public PairCursor scan(KeyRange range) {
    return new OverlayCursor(base.scan(range), within(range).iterator());
  }

  @Override
  public long count(KeyRange range) {
    long count = base.count(range);
    for (Entry entry : within(range)) {
      count += entry.weight();
    }
    return count;
  }

  @Override
  public boolean countsQuickly() {
    return base.countsQuickly();
  }

  private Collection<Entry> within(KeyRange range) {
    Map<Key, Entry> part;
    if (range.isEmpty()) {
      part = Map.of();
    } else if (range.end() == null) {
      part = entries.tailMap(range.start(), true);
    } else {
      part = entries.subMap(range.start(), true, range.end(), false);
    }
    return part.values();
  }

  /// Merges both sides in key order; the overlay's word counts.
  private static final class OverlayCursor implements PairCursor {
    private final PairCursor base;
    private final Iterator<Entry> laid;
    private boolean baseMoved;
    private @Nullable Key baseKey;
    private @Nullable Entry laidEntry;
    private @Nullable KeyValue standing;

    OverlayCursor(PairCursor base, Iterator<Entry> laid) {
      this.base = base;
      this.laid = laid;
      this.laidEntry = laid.hasNext() ? laid.next() : null;
    }

    @Override
    public ScanStep step(int budget) {
      for (int looked = 0; looked < budget; looked++) {
        if (!baseMoved) {
          ScanStep moved = base.step(budget - looked);
          if (moved == ScanStep.PAUSED) {
            return moved;
          }
          baseMoved = true;
          baseKey = moved == ScanStep.ENTRY ? base.key() : null;
        }
        ScanStep chosen = choose();
        if (chosen != ScanStep.PAUSED) {
          return chosen;
        }
      }
      return ScanStep.PAUSED;
    }

    /// One step of the merge; PAUSED when it met a deleted key.
    private ScanStep choose() {
      Entry entry = laidEntry;
      Key key = baseKey;
      if (entry == null || (key != null && key.compareTo(entry.key()) < 0)) {
        standing = null;
        baseMoved = key == null;
        return key == null ? ScanStep.END : ScanStep.ENTRY;
      }
      if (key != null && key.equals(entry.key())) {
        baseMoved = false;
      }
      laidEntry = laid.hasNext() ? laid.next() : null;
      standing = entry.now();
      return standing == null ? ScanStep.PAUSED : ScanStep.ENTRY;
    }

    @Override
    public Key key() {
      return standing != null ? standing.key() : base.key();
    }

    @Override
    public long createRevision() {
      return standing != null ? standing.createRevision() : base.createRevision();
    }

    @Override
    public long modRevision() {
      return standing != null ? standing.modRevision() : base.modRevision();
    }

    @Override
    public long version() {
      return standing != null ? standing.version() : base.version();
    }

    @Override
    public long lease() {
      return standing != null ? standing.lease() : base.lease();
    }

    @Override
    public byte[] value() {
      return standing != null ? standing.value() : base.value();
    }
  }
}
