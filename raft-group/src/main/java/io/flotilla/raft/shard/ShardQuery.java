package io.flotilla.raft.shard;

import io.flotilla.base.Invariants;
import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.proto.command.HistoryPlace;
import io.flotilla.proto.etcd.HashKVResponse;
import io.flotilla.proto.etcd.RangeRequest;
import io.flotilla.proto.etcd.RangeResponse;
import io.flotilla.proto.etcd.TxnRequest;
import io.flotilla.proto.etcd.TxnResponse;
import java.util.List;

/// The reads that [ShardMachine] answers.
public sealed interface ShardQuery<T> extends Query<T> {
  /// etcd's Range.
  ///
  /// @param request has passed [RequestChecks]
  /// @param counted whether `count` is wanted; a stream of chunks needs it once
  record Range(RangeRequest request, boolean counted)
      implements ShardQuery<Reply<RangeResponse.Builder>> {
    public Range(RangeRequest request) {
      this(request, true);
    }
  }

  /// A txn of compares and ranges only, at one revision.
  ///
  /// @param request has passed [RequestChecks]; has no other operation than ranges
  /// @param revision that counts as the newest; 0 for the one at the first step
  record ReadTxn(TxnRequest request, long revision)
      implements ShardQuery<Reply<TxnResponse.Builder>> {
    public ReadTxn(TxnRequest request) {
      this(request, 0);
    }
  }

  /// The events of a range in the revisions `[fromRevision, toRevision]`, a page at a time. A
  /// revision is never split between pages, so a page holds at least one if there is one.
  ///
  /// @param fromRevision refused as compacted below the compact revision; at it is allowed
  /// @param toRevision inclusive; what has not happened yet is left out
  /// @param maxRevisions most revisions with events in a page
  /// @param maxBytes the page ends with the revision that reaches this
  /// @param withPrevious whether events find their previous pair; the events are finished here, so
  ///     they may leave the loop
  record History(
      KeyRange keys,
      long fromRevision,
      long toRevision,
      int maxRevisions,
      int maxBytes,
      boolean withPrevious)
      implements ShardQuery<HistoryPage> {
    public History {
      Invariants.checkAtMost(1, maxRevisions, "a page may hold a revision");
      Invariants.checkAtMost(1, maxBytes, "a page may hold an event");
    }
  }

  /// etcd's HashKV.
  ///
  /// @param revision 0 for the newest
  record HashKv(long revision) implements ShardQuery<Reply<HashKVResponse.Builder>> {}

  /// The keys that are attached to a lease, ascending.
  record KeysOfLease(long lease) implements ShardQuery<List<Key>> {}

  /// A page of the history that a handover moves: of each key the newest record below the pin's
  /// compaction unless it is a tombstone or superseded there, and everything from that compaction
  /// on. Equal on every replica. Refused as held by a replica that has not begun to send under this
  /// number, and as of another shard once it has ended.
  ///
  /// @param from where the page begins
  /// @param toRevision inclusive; what has not happened yet is left out
  /// @param maxBytes of all encoded records; a single one may be larger
  record Export(long number, HistoryPlace from, long toRevision, int maxBytes)
      implements ShardQuery<ExportPage> {
    public Export {
      Invariants.checkAtMost(1, maxBytes, "a page may hold a record");
    }
  }

  /// Finishes when everything that this replica's compactions drop is gone from its store, or stays
  /// until a handover has ended: what the answer to a physical compaction waits for. Its steps do
  /// the work. The result is the compact revision then; asked as a linearizable read, it is not
  /// below that of the compaction.
  record CompactionFinished() implements ShardQuery<Long> {}
}
