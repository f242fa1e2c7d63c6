package io.flotilla.storage.mvcc;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.storage.btree.Cursor;
import io.flotilla.storage.btree.ReadView;
import io.flotilla.storage.btree.TreeFile;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/// Verifies the rules that hold between the trees of a store. Reads everything once, plus a few
/// look-ups for each record; changes nothing.
///
///  * A key's index entry names its newest record and says what that record says.
///  * Records of a key point to the one before, descending; depth and version count up by one.
///  * A jump leads where [Chain] says, or to what compaction removed.
///  * Removed is only what the compaction revision allows; once a compaction is done, everything
///    it drops is gone and every record is reached exactly once.
///  * `leases` holds exactly the leases of live keys; the count of `keys` is that of live keys.
public final class MvccCheck {
  /// More findings than this say no more.
  private static final int MAX_FINDINGS = 50;

  private final MvccTrees trees;
  private final StoreMeta.Progress compaction;
  private final long revision;
  private final RecordCursor records;
  private final RecordCursor other;
  private final Cursor keys;
  private final Cursor leases;
  private final KeyEntry entry = new KeyEntry();
  private final List<String> findings = new ArrayList<>();
  private long references;

  private MvccCheck(MvccTrees trees) {
    this.trees = trees;
    var meta = new StoreMeta(trees.meta());
    this.compaction = meta.compaction();
    this.records = new RecordCursor(trees.revisions());
    this.other = new RecordCursor(trees.revisions());
    this.keys = trees.keys().cursor();
    this.leases = trees.leases().cursor();
    this.revision = Math.max(meta.revision(), records.last() ? records.main() : 0);
    verify(meta.format() == StoreMeta.FORMAT || isUntouched(), "the format is " + meta.format());
  }

  /// Whether this is the file of a store that has not had its first checkpoint: all of it is in the
  /// log.
  private boolean isUntouched() {
    return trees.meta().size() == 0 && trees.keys().size() == 0 && trees.revisions().size() == 0;
  }

  /// What is wrong with the store in `file`, in plain words; empty when nothing is.
  public static List<String> check(TreeFile file) {
    return new MvccCheck(MvccTrees.of(file)).run();
  }

  /// As [#check(TreeFile)], on a read view and so off the owner's thread.
  public static List<String> check(ReadView view) {
    return new MvccCheck(MvccTrees.of(view)).run();
  }

  private List<String> run() {
    checkKeys();
    checkRecords();
    checkLeases();
    boolean settled = compaction.done();
    long size = trees.revisions().size();
    verify(
        settled ? references == size : references <= size,
        references + " of " + size + " records are reached from their key");
    verify(
        Math.max(0, compaction.revision()) <= Math.max(1, revision),
        "compaction " + compaction.revision() + " is above revision " + revision);
    return findings;
  }

  private void verify(boolean holds, String finding) {
    if (!holds && findings.size() < MAX_FINDINGS) {
      findings.add(finding);
    }
  }

  // ---- keys

  private void checkKeys() {
    long live = 0;
    for (boolean more = keys.first(); more; more = keys.next()) {
      Key key = Key.of(keys.key());
      entry.read(keys);
      live += entry.tombstone ? 0 : 1;
      verify(
          keys.counted() != entry.tombstone,
          "key " + key + (entry.tombstone ? " is counted and dead" : " is live and not counted"));
      references++;
      if (records.seekExact(entry.main, entry.sub)) {
        checkEntry(key);
      } else {
        verify(false, "key " + key + ": no record at " + entry.main + "." + entry.sub);
      }
    }
    long counted = trees.keys().count(KeyRange.ALL);
    verify(live == counted, live + " live keys, " + counted + " counted");
  }

  private void checkEntry(Key key) {
    String at = "key " + key + " at " + entry.main + "." + entry.sub + ": ";
    verify(records.key().equals(key), at + "the record is of another key");
    verify(records.tombstone() == entry.tombstone, at + "tombstone");
    verify(records.createRevision() == entry.create, at + "create revision");
    verify(records.version() == entry.version, at + "version");
    verify(records.lease() == entry.lease, at + "lease");
    verify(records.depth() == entry.depth, at + "depth");
    verify(leadsTo(records, entry.jumpMain, entry.jumpSub), at + "jump");
    checkLeap(at);
    if (!entry.tombstone && entry.lease != 0) {
      boolean indexed = leases.seekExact(MvccTrees.leaseKey(entry.lease, key));
      verify(indexed, at + "not under lease " + entry.lease);
    }
    boolean dead = entry.tombstone && compaction.done() && entry.main < compaction.revision();
    verify(!dead, at + "a tombstone below the compaction");
  }

  private void checkLeap(String at) {
    if (isAbove(entry.jumpMain) && other.seekExact(entry.jumpMain, entry.jumpSub)) {
      verify(leadsTo(other, entry.leapMain, entry.leapSub), at + "leap is not the jump of jump");
    }
  }

  /// Whether `from` jumps to the place, or to something so low that nothing may stand for it.
  private boolean leadsTo(RecordCursor from, long main, int sub) {
    return samePlace(from.jumpMain(), from.jumpSub(), main, sub)
        || main == Chain.NONE && !isAbove(from.jumpMain());
  }

  private boolean isAbove(long main) {
    return main > Math.max(Chain.NONE, compaction.revision());
  }

  private static boolean samePlace(long main, int sub, long otherMain, int otherSub) {
    return main == otherMain && sub == otherSub;
  }

  // ---- revisions

  private void checkRecords() {
    for (boolean more = records.first(); more; more = records.next()) {
      String at = "record " + records.main() + "." + records.sub() + ": ";
      Key key = records.key();
      verify(!records.tombstone() || records.version() == 0, at + "a tombstone with a version");
      verify(
          records.tombstone()
              || records.createRevision() >= 1 && records.createRevision() <= records.main(),
          at + "create revision " + records.createRevision());
      if (keys.seekExact(key.bytes())) {
        entry.read(keys);
        checkAge(key, at);
      } else {
        verify(false, at + "its key " + key + " is not indexed");
      }
      checkPrev(key, at);
      checkJump(key, at);
    }
  }

  private void checkAge(Key key, String at) {
    boolean newest = samePlace(records.main(), records.sub(), entry.main, entry.sub);
    boolean older =
        records.main() < entry.main || records.main() == entry.main && records.sub() < entry.sub;
    verify(newest || older, at + "is newer than the index of its key says");
    if (!compaction.done() || records.main() >= compaction.revision()) {
      return;
    }
    verify(!records.tombstone(), at + "a tombstone below the compaction");
    boolean kept =
        other.seekNewest(entry.main, entry.sub, compaction.revision())
            && samePlace(other.main(), other.sub(), records.main(), records.sub());
    verify(kept, at + "superseded below the compaction, of key " + key);
  }

  private void checkPrev(Key key, String at) {
    long main = records.prevMain();
    if (main == Chain.NONE) {
      verify(records.depth() == 1, at + "depth " + records.depth() + " without a predecessor");
      checkFirst(at);
      return;
    }
    verify(
        main < records.main() || main == records.main() && records.prevSub() < records.sub(),
        at + "its predecessor is not before it");
    if (!other.seekExact(main, records.prevSub())) {
      verify(!isAbove(main), at + "its predecessor " + main + " is missing");
      return;
    }
    references++;
    verify(other.key().equals(key), at + "its predecessor is of another key");
    verify(other.depth() == records.depth() - 1, at + "depth after its predecessor's");
    if (records.tombstone()) {
      verify(!other.tombstone(), at + "a tombstone after a tombstone");
      return;
    }
    long version = other.tombstone() ? 1 : other.version() + 1;
    long create = other.tombstone() ? records.main() : other.createRevision();
    verify(records.version() == version, at + "version after its predecessor's");
    verify(records.createRevision() == create, at + "create revision after its predecessor's");
  }

  /// The first record of a key that was imported counts on from those that its store had removed.
  private void checkFirst(String at) {
    boolean counted = records.version() > 1 || records.createRevision() == records.main();
    boolean fine = records.version() >= 1 && counted;
    verify(records.tombstone() || fine, at + "a first record's version");
  }

  private void checkJump(Key key, String at) {
    long main = records.jumpMain();
    if (main == Chain.NONE) {
      return;
    }
    verify(main <= records.prevMain(), at + "its jump is not behind its predecessor");
    if (!other.seekExact(main, records.jumpSub())) {
      verify(!isAbove(main), at + "its jump " + main + " is missing");
      return;
    }
    verify(other.key().equals(key), at + "its jump is of another key");
    long depth = records.depth() - Chain.jumpLength(records.depth());
    verify(other.depth() == depth, at + "its jump is at depth " + other.depth());
  }

  // ---- leases

  private void checkLeases() {
    for (boolean more = leases.first(); more; more = leases.next()) {
      byte[] bytes = leases.key();
      long lease = Bytes.getLong(bytes, 0);
      Key key = Key.of(Arrays.copyOfRange(bytes, Long.BYTES, bytes.length));
      boolean attached = keys.seekExact(key.bytes());
      if (attached) {
        entry.read(keys);
        attached = !entry.tombstone && entry.lease == lease;
      }
      verify(attached, "lease " + lease + " lists key " + key + ", which is not attached");
    }
  }
}
