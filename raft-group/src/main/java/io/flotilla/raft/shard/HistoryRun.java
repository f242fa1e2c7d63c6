package io.flotilla.raft.shard;

import static io.flotilla.base.Invariants.check;

import io.flotilla.base.KeyRange;
import io.flotilla.storage.mvcc.HistoryScan;
import io.flotilla.storage.mvcc.KeyMeta;
import io.flotilla.storage.mvcc.MvccStore;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers [ShardQuery.History].
final class HistoryRun extends RefusableRun<HistoryPage> {
  private static final int LOOK_AHEAD = 128;

  private final MvccStore store;
  private final ShardQuery.History query;
  private final List<KeyRange> ranges;
  private final List<ChangeEvent> events = new ArrayList<>();
  private @Nullable HistoryScan scan;
  private long storeRevision;
  private long nextRevision;
  private long revision = -1;
  private int revisions;
  private long bytes;

  /// @param ranges of the query's range, those that the group serves
  HistoryRun(MvccStore store, ShardQuery.History query, List<KeyRange> ranges) {
    this.store = store;
    this.query = query;
    this.ranges = ranges;
  }

  @Override
  boolean proceed(int budget) {
    HistoryScan changes = scan;
    if (changes == null) {
      storeRevision = store.revision();
      changes = store.history(ranges, query.fromRevision(), query.toRevision());
      scan = changes;
    }
    int left = budget;
    while (left > 0) {
      int looks = Math.min(left, LOOK_AHEAD);
      switch (changes.step(looks)) {
        case PAUSED -> left -= looks;
        case END -> {
          nextRevision = Math.max(query.fromRevision(), changes.toRevision() + 1);
          return false;
        }
        case ENTRY -> {
          left--;
          if (!take(changes)) {
            return false;
          }
        }
      }
    }
    return true;
  }

  /// Whether the change still belongs to this page.
  private boolean take(HistoryScan change) {
    if (change.revision() != revision) {
      boolean full = revisions == query.maxRevisions() || bytes >= query.maxBytes();
      if (full) {
        nextRevision = change.revision();
        return false;
      }
      revision = change.revision();
      revisions++;
    }
    ChangeEvent event = event(change);
    bytes += event.weightBytes();
    events.add(event);
    return true;
  }

  private ChangeEvent event(HistoryScan change) {
    ChangeEvent event;
    int sub = change.subRevision();
    if (change.tombstone()) {
      event = ChangeEvent.delete(change.key(), revision, sub, store);
    } else {
      long create = change.createRevision();
      var meta = new KeyMeta(create, revision, change.version(), change.lease());
      event = ChangeEvent.put(change.key(), change.value(), meta, sub, store);
    }
    if (query.withPrevious()) {
      bytes += event.finishWith(event.creates() ? null : change.previous());
    } else {
      check(event.event().hasKv(), "an event has a pair");
    }
    return event;
  }

  @Override
  HistoryPage answer() {
    return new HistoryPage(events, nextRevision, storeRevision);
  }
}
