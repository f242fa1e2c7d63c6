package io.flotilla.raft.shard;

import io.flotilla.proto.command.HistoryPlace;
import io.flotilla.proto.command.HistoryRecord;
import java.util.List;

/// A part of the history that a handover moves.
///
/// @param records ascending by (revision, sub-revision)
/// @param next where the next page begins
/// @param completeTo the history is complete up to this revision with this page; 0 if there is more
public record ExportPage(List<HistoryRecord> records, HistoryPlace next, long completeTo) {
  public ExportPage {
    records = List.copyOf(records);
  }
}
