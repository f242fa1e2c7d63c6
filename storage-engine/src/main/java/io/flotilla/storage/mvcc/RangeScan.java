package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;
import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.storage.btree.Cursor;
import java.util.Arrays;

/// The keys of a range as they stood at one revision, ascending, one at a time.
///
/// Values and, where the index entry does not answer, header numbers are looked up when asked for:
/// a caller that only counts or lists keys touches nothing but the key index. The accessors are
/// valid after a step that returned [ScanStep#ENTRY], until the store changes; a further step goes
/// on from the last key whatever changed meanwhile.
public final class RangeScan {
  private final MvccStore store;
  private final KeyRange range;
  private final long at;
  private final Cursor keys;
  private final RecordCursor records;
  private final KeyEntry entry = new KeyEntry();
  private byte[] lastKey = new byte[64];
  private int lastLength;
  private long seenChanges;
  private boolean started;
  private boolean paused;
  private boolean ended;
  private boolean standing;
  private boolean located;

  RangeScan(MvccStore store, MvccTrees trees, KeyRange range, long at) {
    this.store = store;
    this.range = range;
    this.at = at;
    this.keys = trees.keys().cursor();
    this.records = new RecordCursor(trees.revisions());
  }

  /// The revision that is read.
  public long atRevision() {
    return at;
  }

  /// Goes to the next key, however many dead ones lie between. False at the end.
  ///
  /// @throws RejectedException with [Rejection.Compacted] when the revision was compacted since
  public boolean next() {
    ScanStep step = step(Integer.MAX_VALUE);
    while (step == ScanStep.PAUSED) {
      step = step(Integer.MAX_VALUE);
    }
    return step == ScanStep.ENTRY;
  }

  /// Goes to the next key, looking at no more than `budget` index entries.
  ///
  /// @throws RejectedException with [Rejection.Compacted] when the revision was compacted since
  public ScanStep step(int budget) {
    checkAtMost(1, budget, "a step looks at something");
    if (at < store.compactRevision()) {
      throw new Rejection.Compacted(store.compactRevision()).asException();
    }
    standing = false;
    if (ended || range.isEmpty()) {
      return ScanStep.END;
    }
    boolean more = proceed();
    for (int looked = 0; more && inRange(); looked++) {
      if (looked == budget) {
        paused = true;
        return ScanStep.PAUSED;
      }
      entry.read(keys);
      rememberKey();
      if (existed()) {
        standing = true;
        return ScanStep.ENTRY;
      }
      more = keys.next();
    }
    ended = true;
    return ScanStep.END;
  }

  /// Moves the cursor to the first entry behind the last key that was looked at.
  private boolean proceed() {
    seenChanges = store.changes();
    boolean stands = paused;
    paused = false;
    if (started && keys.isPositioned()) {
      return stands || keys.next();
    }
    if (!started) {
      started = true;
      return keys.seek(range.start().bytes());
    }
    byte[] after = Arrays.copyOf(lastKey, lastLength);
    boolean found = keys.seek(after);
    return found && keys.compareKey(after) == 0 ? keys.next() : found;
  }

  private boolean inRange() {
    Key end = range.end();
    return end == null || keys.compareKey(end.bytes()) < 0;
  }

  private void rememberKey() {
    lastLength = keys.keyLength();
    lastKey = Bytes.atLeast(lastKey, lastLength);
    keys.copyKey(0, lastKey, 0, lastLength);
  }

  /// Whether the key existed at the revision. Opens records only when the index entry leaves it
  /// open: the newest incarnation began later and the key has older records.
  private boolean existed() {
    located = false;
    if (entry.main <= at) {
      return !entry.tombstone;
    }
    if (!entry.tombstone && entry.create <= at) {
      return true;
    }
    if (!entry.chained()) {
      return false;
    }
    located = true;
    return store.seekNewest(records, entry.main, entry.sub, at) && !records.tombstone();
  }

  private boolean newestAnswers() {
    check(standing, "a scan is read while it stands on an entry");
    return entry.main <= at;
  }

  /// Positions `records` on the pair's record.
  private RecordCursor record() {
    check(standing, "a scan is read while it stands on an entry");
    checkEqual(store.changes(), seenChanges, "an entry is read before the store changes");
    if (!located || !records.isPositioned()) {
      boolean found = store.seekNewest(records, entry.main, entry.sub, at);
      check(found && !records.tombstone(), "a key that existed has a record");
      located = true;
    }
    return records;
  }

  public Key key() {
    check(standing, "a scan is read while it stands on an entry");
    return Key.of(Arrays.copyOf(lastKey, lastLength));
  }

  /// Length of the key in bytes.
  public int keyLength() {
    check(standing, "a scan is read while it stands on an entry");
    return lastLength;
  }

  /// Revision of the put that created the key.
  public long createRevision() {
    return newestAnswers() || entry.create <= at && !entry.tombstone
        ? entry.create
        : record().createRevision();
  }

  /// Revision of the put that gave it its value.
  public long modRevision() {
    return newestAnswers() ? entry.main : record().main();
  }

  public long version() {
    return newestAnswers() ? entry.version : record().version();
  }

  /// The attached lease, 0 for none.
  public long lease() {
    return newestAnswers() ? entry.lease : record().lease();
  }

  /// Length of the value in bytes, without reading it.
  public int valueLength() {
    return record().valueLength();
  }

  public byte[] value() {
    return record().value();
  }

  /// Copies part of the value.
  public void copyValue(int from, byte[] to, int toOffset, int length) {
    record().copyValue(from, to, toOffset, length);
  }

  /// The whole pair.
  public KeyValue keyValue() {
    return record().keyValue(key());
  }
}
