package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.base.Key;
import org.jspecify.annotations.Nullable;

/// Takes the history of keys over from another store of the same order, record by record. The
/// numbers of a record stay what they are, also above and below this store's revision, which does
/// not change.
///
/// What is imported is not part of what this store stands for until it is complete: reads of these
/// keys mean nothing before, and nothing else writes them.
public final class HistoryImport {
  private final MvccStore store;
  private final RecordWriter records;

  HistoryImport(MvccStore store, RecordWriter records) {
    this.store = store;
    this.records = records;
  }

  /// Adds the next record of a key.
  ///
  /// @param sub the sub-revision; with the revision, behind every record that the key has here
  /// @param value null for a tombstone
  /// @param numbers of the record; a tombstone has its revision only
  /// @return what the key was in front of it; null if it did not exist
  public @Nullable KeyMeta add(Key key, int sub, byte @Nullable [] value, KeyMeta numbers) {
    store.checkBetweenMutations();
    long main = numbers.modRevision();
    checkAtMost(1, key.length(), "a key is not empty");
    checkAtMost(1, main, "a record has a revision");
    checkAtMost(0, sub, "sub-revisions are not negative");
    checkNumbers(value == null, numbers);
    KeyMeta before = records.begin(key);
    check(records.isBehind(main, sub), "the records of a key are imported in their order");
    records.write(key, sub, value, numbers, before);
    store.imported(main, sub);
    return before;
  }

  private static void checkNumbers(boolean tombstone, KeyMeta numbers) {
    if (tombstone) {
      check(
          numbers.createRevision() == 0 && numbers.version() == 0 && numbers.lease() == 0,
          "a tombstone has no numbers");
    } else {
      checkAtMost(1, numbers.createRevision(), "a put has a create revision");
      checkAtMost(numbers.createRevision(), numbers.modRevision(), "create <= revision");
      checkAtMost(1, numbers.version(), "versions count from 1");
    }
  }
}
