package io.flotilla.raft.shard;

import com.google.protobuf.CodedOutputStream;
import io.flotilla.proto.command.HandoverRecords;
import io.flotilla.proto.command.HistoryPlace;
import io.flotilla.proto.command.HistoryRecord;
import io.flotilla.raft.handover.Handovers;
import io.flotilla.storage.mvcc.HistoryScan;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Answers [ShardQuery.Export], as long as the range is being sent.
final class ExportRun extends RefusableRun<ExportPage> {
  private static final int LOOK_AHEAD = 128;

  private final Handovers handovers;
  private final ShardQuery.Export query;
  private final List<HistoryRecord> records = new ArrayList<>();
  private @Nullable HistoryScan scan;
  private HistoryPlace next;
  private long completeTo;
  private long bytes;

  ExportRun(Handovers handovers, ShardQuery.Export query) {
    this.handovers = handovers;
    this.query = query;
    this.next = query.from();
  }

  @Override
  boolean proceed(int budget) {
    HistoryScan history = scan;
    if (history == null) {
      history = handovers.export(query.number(), query.from(), query.toRevision());
      scan = history;
    }
    int left = budget;
    while (left > 0) {
      int looks = Math.min(left, LOOK_AHEAD);
      switch (history.step(looks)) {
        case PAUSED -> left -= looks;
        case END -> {
          next = place(history.nextRevision(), history.nextSubRevision());
          completeTo = history.toRevision();
          return false;
        }
        case ENTRY -> {
          left--;
          if (!take(history)) {
            return false;
          }
        }
      }
    }
    return true;
  }

  /// Whether the record still belongs to this page.
  private boolean take(HistoryScan at) {
    HistoryRecord record = record(at);
    int field = HandoverRecords.RECORDS_FIELD_NUMBER;
    bytes += CodedOutputStream.computeMessageSize(field, record);
    if (bytes > query.maxBytes() && !records.isEmpty()) {
      next = place(at.revision(), at.subRevision());
      return false;
    }
    records.add(record);
    return true;
  }

  private static HistoryPlace place(long revision, long sub) {
    return HistoryPlace.newBuilder().setRevision(revision).setSubRevision(sub).build();
  }

  private static HistoryRecord record(HistoryScan at) {
    var record =
        HistoryRecord.newBuilder()
            .setRevision(at.revision())
            .setSubRevision(at.subRevision())
            .setKey(Pairs.wrap(at.key().bytes()));
    if (at.tombstone()) {
      return record.setTombstone(true).build();
    }
    return record
        .setCreateRevision(at.createRevision())
        .setVersion(at.version())
        .setLease(at.lease())
        .setValue(Pairs.wrap(at.value()))
        .build();
  }

  @Override
  ExportPage answer() {
    return new ExportPage(records, next, completeTo);
  }
}
