package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;
import static io.flotilla.base.Invariants.checkEqual;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// The changes of a span of revisions in (revision, sub-revision) order, one at a time: what a
/// watch that starts in the past is fed from.
///
/// The accessors are valid after a step that returned [ScanStep#ENTRY], until the store changes; a
/// further step goes on behind the last change whatever happened meanwhile.
public final class HistoryScan {
  private final MvccStore store;
  private final KeyFilter filter;
  private final @Nullable Pin pin;
  private final long to;
  private final RecordCursor records;
  private final RecordCursor older;
  private byte[] keyBytes = new byte[64];
  private long nextMain;
  private long nextSub;
  private long seenChanges;
  private boolean paused;
  private boolean standing;

  /// What is kept of the history below a compaction, while compactions are held.
  ///
  /// @param compactRevision -1 if nothing was compacted
  private record Pin(long compactRevision, NewestRecord newest) {
    /// Whether a finished compaction would have left the record.
    boolean keeps(RecordCursor record) {
      return record.main() >= compactRevision
          || !record.tombstone() && newest.is(record, compactRevision);
    }
  }

  private HistoryScan(
      MvccStore store, MvccTrees trees, List<KeyRange> ranges, @Nullable Pin pin, long to) {
    this.store = store;
    this.filter = new KeyFilter(ranges);
    this.pin = pin;
    this.to = to;
    this.records = new RecordCursor(trees.revisions());
    this.older = new RecordCursor(trees.revisions());
  }

  /// All changes of a span of revisions.
  static HistoryScan of(
      MvccStore store, MvccTrees trees, List<KeyRange> ranges, long from, long to) {
    var scan = new HistoryScan(store, trees, ranges, null, to);
    scan.nextMain = Math.max(0, from);
    return scan;
  }

  /// From the beginning, what a compaction that is held has to leave.
  static HistoryScan pinned(
      MvccStore store, MvccTrees trees, KeyRange range, long compactRevision, long to) {
    var pin = new Pin(compactRevision, new NewestRecord(trees));
    return new HistoryScan(store, trees, List.of(range), pin, to);
  }

  /// Goes on at a place, before the first step.
  public HistoryScan from(long main, long sub) {
    nextMain = Math.max(0, main);
    nextSub = Math.max(0, sub);
    return this;
  }

  /// The last revision that the scan covers.
  public long toRevision() {
    return to;
  }

  /// The revision of the next record to be looked at.
  public long nextRevision() {
    return nextMain;
  }

  /// The sub-revision of the next record to be looked at.
  public long nextSubRevision() {
    return nextSub;
  }

  /// Goes to the next change of a key in the range, however many others lie between.
  ///
  /// @throws RejectedException with [Rejection.Compacted] when the revision where the scan stands
  ///     was compacted since
  public boolean next() {
    ScanStep step = step(Integer.MAX_VALUE);
    while (step == ScanStep.PAUSED) {
      step = step(Integer.MAX_VALUE);
    }
    return step == ScanStep.ENTRY;
  }

  /// Goes to the next change of a key in the range, looking at no more than `budget` records.
  ///
  /// @throws RejectedException with [Rejection.Compacted] when the revision where the scan stands
  ///     was compacted since
  public ScanStep step(int budget) {
    checkAtMost(1, budget, "a step looks at something");
    standing = false;
    if (nextMain > to) {
      return ScanStep.END;
    }
    Pin held = pin;
    if (held != null) {
      checkAtMost(store.keptFrom(), held.compactRevision(), "what is exported is held");
    } else if (nextMain < store.compactRevision()) {
      throw new Rejection.Compacted(store.compactRevision()).asException();
    }
    boolean more = proceed();
    for (int looked = 0; more && records.main() <= to; looked++) {
      if (looked == budget) {
        nextMain = records.main();
        nextSub = records.sub();
        paused = true;
        return ScanStep.PAUSED;
      }
      nextMain = records.main();
      nextSub = records.sub() + 1L;
      if (inRange() && (held == null || held.keeps(records))) {
        standing = true;
        return ScanStep.ENTRY;
      }
      more = records.next();
    }
    nextMain = to + 1;
    nextSub = 0;
    return ScanStep.END;
  }

  private boolean proceed() {
    seenChanges = store.changes();
    boolean stands = paused;
    paused = false;
    if (records.isPositioned()) {
      return stands || records.next();
    }
    return records.seek(nextMain, nextSub);
  }

  private boolean inRange() {
    if (filter.passesAll()) {
      return true;
    }
    int length = records.keyLength();
    keyBytes = Bytes.atLeast(keyBytes, length);
    records.copyKey(keyBytes, 0);
    return filter.contains(keyBytes, length);
  }

  private RecordCursor record() {
    check(standing, "a scan is read while it stands on an entry");
    checkEqual(store.changes(), seenChanges, "an entry is read before the store changes");
    if (!records.isPositioned()) {
      check(records.seekExact(nextMain, (int) (nextSub - 1)), "an entry stays where it is");
    }
    return records;
  }

  /// The revision of the change.
  public long revision() {
    return record().main();
  }

  public int subRevision() {
    return record().sub();
  }

  public Key key() {
    return record().key();
  }

  /// Length of the key in bytes.
  public int keyLength() {
    return record().keyLength();
  }

  /// Whether the change is a delete; then it has neither value nor lease, and version and create
  /// revision are 0.
  public boolean tombstone() {
    return record().tombstone();
  }

  public long createRevision() {
    return record().createRevision();
  }

  public long version() {
    return record().version();
  }

  /// The lease that the put attached, 0 for none.
  public long lease() {
    return record().lease();
  }

  /// Length of the value in bytes, without reading it.
  public int valueLength() {
    return record().valueLength();
  }

  public byte[] value() {
    return record().value();
  }

  /// Copies part of the value.
  public void copyValue(int from, byte[] target, int toOffset, int length) {
    record().copyValue(from, target, toOffset, length);
  }

  /// The pair that the put wrote.
  public KeyValue keyValue() {
    return record().keyValue(record().key());
  }

  /// The pair as it stood one revision before this change: etcd's `prev_kv`. Null when the key did
  /// not exist then or that state was compacted.
  public @Nullable KeyValue previous() {
    RecordCursor now = record();
    long before = now.main() - 1;
    if (before < store.compactRevision()) {
      return null;
    }
    boolean found = store.seekNewest(older, now.main(), now.sub(), before);
    return found && !older.tombstone() ? older.keyValue(now.key()) : null;
  }
}
