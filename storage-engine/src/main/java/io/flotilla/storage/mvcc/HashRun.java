package io.flotilla.storage.mvcc;

import static io.flotilla.base.Invariants.check;
import static io.flotilla.base.Invariants.checkAtMost;

import io.flotilla.storage.btree.ReadView;
import java.nio.charset.StandardCharsets;
import java.util.zip.CRC32C;

/// Computes the hash of a store's history, or of that of some of its keys, up to one revision
/// (etcd's `HashKV`, contract §2.11), in
/// steps, on a read view of its own. Used by one thread at a time, which need not be the owner.
///
/// The CRC-32C runs over the word `key` and then, for each record in revision order, its id (main
/// revision, `_`, sub-revision, and `t` for a tombstone) and its `mvccpb.KeyValue`. Of the records
/// at or below the compaction revision only those count that the compaction keeps for good: the
/// newest of each key, unless it is a tombstone. So the hash does not depend on how far the removal
/// of the others has come.
public final class HashRun implements AutoCloseable {
  private static final byte[] SEED = "key".getBytes(StandardCharsets.UTF_8);
  private static final int SEPARATOR_OFFSET = Long.BYTES;
  private static final int SUB_OFFSET = SEPARATOR_OFFSET + 1;
  private static final int TOMBSTONE_OFFSET = SUB_OFFSET + Long.BYTES;
  private static final int VALUE_CHUNK_BYTES = 64 * 1024;

  private final ReadView view;
  private final StoreMeta.Progress compaction;
  private final long at;
  private final RecordCursor records;
  private final NewestRecord newest;
  private final KeyFilter filter;
  private final KeyValueProto proto = new KeyValueProto();
  private final byte[] id = new byte[TOMBSTONE_OFFSET + 1];
  private final byte[] chunk = new byte[VALUE_CHUNK_BYTES];
  private final CRC32C crc = new CRC32C();
  private byte[] key = new byte[64];
  private boolean started;
  private boolean done;

  HashRun(ReadView view, StoreMeta.Progress compaction, long at, KeyFilter filter) {
    MvccTrees trees = MvccTrees.of(view);
    this.view = view;
    this.compaction = compaction;
    this.at = at;
    this.records = new RecordCursor(trees.revisions());
    this.newest = new NewestRecord(trees);
    this.filter = filter;
    crc.update(SEED, 0, SEED.length);
    id[SEPARATOR_OFFSET] = '_';
    id[TOMBSTONE_OFFSET] = 't';
  }

  /// Goes over up to `budget` records. True when there is more to do.
  public boolean step(int budget) {
    checkAtMost(1, budget, "a step looks at something");
    for (int looked = 0; looked < budget && !done; looked++) {
      boolean more = started ? records.next() : records.first();
      started = true;
      if (!more || records.main() > at) {
        done = true;
      } else if (passes() && counts()) {
        add();
      }
    }
    return !done;
  }

  /// The hash, once [#step] has returned false.
  public HashResult result() {
    check(done, "a hash is read when it is complete");
    return new HashResult((int) crc.getValue(), compaction.revision(), at);
  }

  private boolean passes() {
    if (filter.passesAll()) {
      return true;
    }
    int length = records.keyLength();
    key = Bytes.atLeast(key, length);
    records.copyKey(key, 0);
    return filter.contains(key, length);
  }

  private boolean counts() {
    long compactRevision = compaction.revision();
    if (records.main() > compactRevision) {
      return true;
    }
    if (records.tombstone()) {
      return false;
    }
    boolean settled = compaction.done() && records.main() < compactRevision;
    return settled || newest.is(records, compactRevision);
  }

  private void add() {
    Bytes.putLong(id, 0, records.main());
    Bytes.putLong(id, SUB_OFFSET, records.sub());
    crc.update(id, 0, records.tombstone() ? id.length : TOMBSTONE_OFFSET);
    if (records.tombstone()) {
      proto.tombstone(records);
      crc.update(proto.buffer(), 0, proto.size());
      return;
    }
    proto.beginPut(records);
    crc.update(proto.buffer(), 0, proto.size());
    addValue();
    proto.endPut(records);
    crc.update(proto.buffer(), 0, proto.size());
  }

  private void addValue() {
    int length = records.valueLength();
    for (int from = 0; from < length; from += chunk.length) {
      int size = Math.min(chunk.length, length - from);
      records.copyValue(from, chunk, 0, size);
      crc.update(chunk, 0, size);
    }
  }

  /// Gives the read view back. Closing twice does nothing.
  @Override
  public void close() {
    view.close();
  }
}
