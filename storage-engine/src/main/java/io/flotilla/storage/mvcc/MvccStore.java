package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.RejectedException;
import io.flotilla.base.Rejection;
import io.flotilla.base.Revision;
import io.flotilla.storage.btree.BTree;
import io.flotilla.storage.btree.Cursor;
import io.flotilla.storage.btree.TreeFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Every key of one group with its history, by revision: what etcd calls its mvcc store.
///
/// Owned by one thread, the group's loop; only what [#openHash] returns may move to another one.
/// Nothing here is durable by itself: all changes commit together in the tree file's next
/// checkpoint, and until then the group's log can repeat them.
///
/// Revisions ascend but may leave gaps: the revisions between belong to other groups.
///
/// Reads name the revision they want, between [#compactRevision] and [#head], both included;
/// outside of that they throw [RejectedException] with [Rejection.Compacted] or
/// [Rejection.FutureRevision].
public final class MvccStore {
  private final TreeFile file;
  private final MvccTrees trees;
  private final StoreMeta meta;
  private final Cursor keys;
  private final RecordCursor records;
  private final KeyEntry entry = new KeyEntry();
  private final MvccWriter writer;
  private final HistoryImport importer;
  private final Compactor compactor;
  private long revision;
  /// No change of a key that is still in the trees is above this.
  private long lastChange;
  private long changes;

  private MvccStore(TreeFile file) {
    this.file = file;
    this.trees = MvccTrees.of(file);
    this.meta = new StoreMeta(trees.meta());
    this.keys = trees.keys().cursor();
    this.records = new RecordCursor(trees.revisions());
    checkFormat();
    this.lastChange = records.last() ? records.main() : 0;
    this.revision =
        meta.isExact()
            ? meta.revision()
            : Math.max(Revision.FRESH, Math.max(meta.revision(), lastChange));
    this.compactor = new Compactor(this, trees, meta);
    var recordWriter = new RecordWriter(this, trees);
    this.writer = new MvccWriter(this, recordWriter);
    this.importer = new HistoryImport(this, recordWriter);
    checkAtMost(compactRevision(), revision, "compaction <= revision");
  }

  /// The store in `file`, as of the file's last checkpoint; a new one at revision 1 when the file
  /// is empty. Costs the same however many keys there are.
  ///
  /// @throws IllegalStateException when the file was written by a later version of the layouts
  public static MvccStore open(TreeFile file) {
    return new MvccStore(file);
  }

  private void checkFormat() {
    long format = meta.format();
    if (format == 0) {
      check(!records.first(), "a store with records states its format");
      meta.putFormat();
    } else if (format != StoreMeta.FORMAT) {
      throw new IllegalStateException(
          "the store has format " + format + ", this version reads " + StoreMeta.FORMAT);
    }
  }

  // ---- where the store stands

  /// The newest revision that is completely written.
  public long revision() {
    return revision;
  }

  /// The newest revision that reads see: that of the open writer once it has changed something,
  /// else [#revision].
  public long head() {
    return writer.hasChanges() ? writer.revision() : revision;
  }

  /// The revision from which on history is complete; -1 when nothing was ever compacted.
  public long compactRevision() {
    return compactor.progress().revision();
  }

  /// The compaction whose records are to be removed and are not all yet, or -1. While compaction is
  /// held there is none.
  public long scheduledCompaction() {
    return compactor.isDue() ? compactor.progress().revision() : -1;
  }

  /// Notes that every revision up to `reached` is decided and that those above [#revision] changed
  /// nothing here, so that reads at them are answered.
  public void advanceTo(long reached) {
    check(!writer.isOpen(), "the store advances between mutations");
    checkAtMost(revision, reached, "revisions ascend");
    if (reached > revision) {
      meta.putRevision(reached);
      revision = reached;
    }
  }

  /// Why a read at `atRevision` is refused; null when it is answered.
  public @Nullable Rejection refusal(long atRevision) {
    if (atRevision > head()) {
      return new Rejection.FutureRevision(revision);
    }
    if (atRevision < compactRevision()) {
      return new Rejection.Compacted(compactRevision());
    }
    return null;
  }

  // ---- reading

  /// What is known of a key now, changes of the open writer included; null when it does not exist.
  public @Nullable KeyMeta meta(Key key) {
    return seekEntry(key) && !entry.tombstone ? entry.meta() : null;
  }

  /// The pair as it stood at a revision; null when the key did not exist. Logarithmic in the number
  /// of keys and in the number of revisions of this key.
  public @Nullable KeyValue get(Key key, long atRevision) {
    checkReadable(atRevision);
    return find(key, atRevision);
  }

  /// The pair that a change of `key` at `modRevision` replaced, as the state one revision earlier
  /// has it: etcd's `prev_kv`. Null when the key did not exist or that state was compacted.
  public @Nullable KeyValue previous(Key key, long modRevision) {
    long before = modRevision - 1;
    return before < compactRevision() ? null : find(key, before);
  }

  private @Nullable KeyValue find(Key key, long atRevision) {
    if (!seekEntry(key) || !seekNewest(records, entry.main, entry.sub, atRevision)) {
      return null;
    }
    return records.tombstone() ? null : records.keyValue(key);
  }

  /// Number of keys that existed in `range` at a revision. Logarithmic when nothing changed since;
  /// else it visits every key in the range.
  public long count(KeyRange range, long atRevision) {
    checkReadable(atRevision);
    if (range.isEmpty()) {
      return 0;
    }
    if (atRevision >= (writer.hasChanges() ? writer.revision() : lastChange)) {
      return trees.keys().count(range);
    }
    long count = 0;
    RangeScan scan = scan(range, atRevision);
    while (scan.next()) {
      count++;
    }
    return count;
  }

  /// Number of live keys in `range`, changes of the open writer included. Logarithmic.
  public long liveKeys(KeyRange range) {
    return trees.keys().count(range);
  }

  /// The live key that has `below` live keys of `range` below it, changes of the open writer
  /// included; null when the range has no more than `below`. Logarithmic.
  public @Nullable Key liveKey(KeyRange range, long below) {
    BTree keys = trees.keys();
    if (below >= keys.count(range)) {
      return null;
    }
    long first = keys.count(new KeyRange(KeyRange.ALL.start(), range.start()));
    byte[] found = keys.countedKey(first + below);
    return found == null ? null : Key.of(found);
  }

  /// The keys that existed in `range` at a revision, ascending. The scan stays valid while the
  /// store changes, until the revision is compacted.
  public RangeScan scan(KeyRange range, long atRevision) {
    checkReadable(atRevision);
    return new RangeScan(this, trees, range, atRevision);
  }

  /// All changes with `fromRevision <= revision <= toRevision`, in order. A start below the
  /// compaction revision is refused; an end above [#revision] is cut there.
  public HistoryScan history(long fromRevision, long toRevision) {
    return history(KeyRange.ALL, fromRevision, toRevision);
  }

  /// As [#history(long, long)], with changes of keys in `range` only.
  public HistoryScan history(KeyRange range, long fromRevision, long toRevision) {
    return history(List.of(range), fromRevision, toRevision);
  }

  /// As [#history(long, long)], with changes of keys in one of `ranges` only.
  public HistoryScan history(List<KeyRange> ranges, long fromRevision, long toRevision) {
    if (fromRevision < compactRevision()) {
      throw new Rejection.Compacted(compactRevision()).asException();
    }
    return HistoryScan.of(this, trees, ranges, fromRevision, Math.min(toRevision, revision));
  }

  /// The keys of the first changes in `range` at or above `fromRevision`, one for each change, in
  /// order; looks at up to `budget` records. What was compacted is passed over.
  public List<Key> changedKeys(KeyRange range, long fromRevision, int budget) {
    List<Key> found = new ArrayList<>();
    HistoryScan scan = history(range, Math.max(fromRevision, compactRevision()), revision);
    ScanStep step = scan.step(1);
    for (int looked = 1; looked <= budget && step != ScanStep.END; looked++) {
      if (step == ScanStep.ENTRY) {
        found.add(scan.key());
      }
      step = scan.step(1);
    }
    return found;
  }

  /// The live keys attached to a lease, ascending.
  public List<Key> keysOfLease(long lease) {
    List<Key> found = new ArrayList<>();
    byte[] prefix = Bytes.ofLong(lease);
    Cursor cursor = trees.leases().cursor();
    byte[] id = new byte[Long.BYTES];
    for (boolean more = cursor.seek(prefix); more; more = cursor.next()) {
      cursor.copyKey(0, id, 0, Long.BYTES);
      if (Bytes.getLong(id, 0) != lease) {
        break;
      }
      byte[] key = new byte[cursor.keyLength() - Long.BYTES];
      cursor.copyKey(Long.BYTES, key, 0, key.length);
      found.add(Key.of(key));
    }
    return found;
  }

  /// The leases that live keys in a range are attached to, ascending as unsigned numbers. Costs two
  /// look-ups for each lease that any key is attached to.
  public List<Long> leasesIn(KeyRange range) {
    List<Long> found = new ArrayList<>();
    Cursor cursor = trees.leases().cursor();
    byte[] id = new byte[Long.BYTES];
    boolean more = !range.isEmpty() && cursor.first();
    while (more) {
      cursor.copyKey(0, id, 0, Long.BYTES);
      long lease = Bytes.getLong(id, 0);
      boolean any = cursor.seek(MvccTrees.leaseKey(lease, range.start()));
      if (any && isUnder(cursor, lease, range)) {
        found.add(lease);
      }
      more = lease != -1 && cursor.seek(Bytes.ofLong(lease + 1));
    }
    return found;
  }

  /// Whether a cursor of the leases stands on a key of the lease that is below the range's end.
  private static boolean isUnder(Cursor leases, long lease, KeyRange range) {
    byte[] bytes = leases.key();
    Key key = Key.of(Arrays.copyOfRange(bytes, Long.BYTES, bytes.length));
    return Bytes.getLong(bytes, 0) == lease && range.contains(key);
  }

  /// Number of live keys, changes of the open writer included.
  public long keyCount() {
    return trees.keys().count(KeyRange.ALL);
  }

  // ---- writing

  /// Starts the mutation at `at`, which must be above [#revision]. One mutation at a time.
  public MvccWriter begin(long at) {
    return begin(at, 0);
  }

  /// As [#begin(long)], of a mutation that has a part in other stores, too.
  ///
  /// @param firstSub the sub-revision of the first change, from 0: those of all parts are distinct
  public MvccWriter begin(long at, int firstSub) {
    writer.open(at, firstSub);
    return writer;
  }

  // ---- compaction

  /// Sets the compaction revision. Reads below it are refused from now on; the records are removed
  /// by [#compactStep]. The mark commits with the next checkpoint like every other change.
  ///
  /// Kept are, for each key, the newest record at or below `to` unless it is a tombstone, and
  /// everything from revision `to` on (contract §2.7).
  ///
  /// @throws RejectedException [Rejection.FutureRevision] above [#revision], [Rejection.Compacted]
  ///     at or below the last compaction
  public void startCompaction(long to) {
    check(!writer.isOpen(), "compaction starts between mutations");
    if (to > revision) {
      throw new Rejection.FutureRevision(revision).asException();
    }
    if (to <= compactRevision()) {
      throw new Rejection.Compacted(compactRevision()).asException();
    }
    meta.putRevision(revision);
    compactor.start(to);
  }

  /// Looks at up to `budget` records and removes what the scheduled compaction no longer keeps.
  /// True when there is more to do.
  public boolean compactStep(int budget) {
    check(!writer.isOpen(), "compaction runs between mutations");
    return compactor.step(budget);
  }

  // ---- keys that come and go

  /// From now on compactions set their revision and remove nothing, until [#resumeCompaction]. Not
  /// part of what is stored: whoever holds them does so again when the store is opened.
  ///
  /// @param from the compaction revision from which on everything is to be had, -1 for the whole
  ///     history; a higher one than the present if it only matters that nothing is removed
  public void holdCompaction(long from) {
    compactor.hold(from);
  }

  /// Compactions remove again.
  public void resumeCompaction() {
    compactor.resume();
  }

  /// What a compaction at `compactRevision` leaves of the keys in a range, up to a revision or to
  /// the store's: the newest record of each key below it, unless a tombstone or superseded at it,
  /// and every later one. Compaction has to be held from there on. However far earlier ones have
  /// come, and whatever is compacted meanwhile, it is the same.
  ///
  /// @param compactRevision -1 for the whole history
  public HistoryScan export(KeyRange range, long compactRevision, long toRevision) {
    return HistoryScan.pinned(this, trees, range, compactRevision, Math.min(toRevision, revision));
  }

  /// Takes keys over from another store.
  public HistoryImport importer() {
    return importer;
  }

  /// Begins to remove a range with all its history. Another erasure of keys in it must not be
  /// under way.
  public RangeErasure erase(KeyRange range) {
    checkBetweenMutations();
    return new RangeErasure(this, trees, range, compactor.progress());
  }

  /// Makes the trees say where the store stands. Comes before each checkpoint and before each read
  /// view that a store is made of. Where the newest record is not the revision's, it is said here.
  public void prepareCheckpoint() {
    checkBetweenMutations();
    boolean above = lastChange > revision;
    boolean stated = meta.isExact();
    long found = Math.max(meta.revision(), records.last() ? records.main() : Revision.FRESH);
    if (above || stated || found < revision) {
      meta.putRevision(revision); // the newest records may have been erased
    }
    if (above != stated) {
      meta.putExact(above);
    }
  }

  // ---- hash, components

  /// Starts the hash of the state at `atRevision`, 0 for [#revision], on a read view of its own.
  /// The run may be stepped on another thread and must be closed.
  public HashRun openHash(long atRevision) {
    return openHash(atRevision, List.of(KeyRange.ALL));
  }

  /// As [#openHash(long)], of the keys in some ranges.
  public HashRun openHash(long atRevision, List<KeyRange> ranges) {
    checkBetweenMutations();
    long at = atRevision == 0 ? revision : atRevision;
    checkReadable(at);
    return new HashRun(file.openView(), compactor.progress(), at, new KeyFilter(ranges));
  }

  /// A small map that belongs to a part of the state machine and commits with the store.
  ///
  /// @param name one name, one map; not empty
  public KeyedState component(String name) {
    checkAtMost(1, name.length(), "a component has a name");
    return new KeyedState(file.tree(MvccTrees.COMPONENT_PREFIX + name));
  }

  // ---- for the classes of this package

  private void checkReadable(long atRevision) {
    Rejection refusal = refusal(atRevision);
    if (refusal != null) {
      throw refusal.asException();
    }
  }

  /// Counts the writes to the trees, so that a scan knows when its cursor is stale.
  long changes() {
    return changes;
  }

  void changed() {
    changes++;
  }

  void sealed(long at) {
    checkAtMost(revision + 1, at, "revisions ascend");
    revision = at;
    lastChange = Math.max(lastChange, at);
  }

  void imported(long main, int sub) {
    lastChange = Math.max(lastChange, main);
    compactor.cover(main, sub);
  }

  void checkBetweenMutations() {
    check(!writer.isOpen(), "this happens between mutations");
  }

  /// The revision from which on every record and every pointer between records stays: that of the
  /// last compaction, or of the one that is held.
  long keptFrom() {
    return compactor.keptFrom();
  }

  private boolean seekEntry(Key key) {
    if (!keys.seekExact(key.bytes())) {
      return false;
    }
    entry.read(keys);
    return true;
  }

  /// [RecordCursor#seekNewest], with the rule that a chain ends at a compacted record only.
  boolean seekNewest(RecordCursor cursor, long main, int sub, long atRevision) {
    long at = Math.max(0, atRevision);
    boolean found = cursor.seekNewest(main, sub, at);
    if (!found) {
      checkAtMost(cursor.main(), Math.max(0, compactRevision()), "only the compacted is missing");
    }
    return found;
  }
}
