package io.flotilla.raft.log;

import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.HardState;
import java.util.List;

/// What a log held when it was opened.
///
/// @param hardState as saved last; [HardState#FRESH] if never
/// @param mark the entry before `entries`; [EntryId#ZERO] if the log was never cut
/// @param entries the log after the mark, without a gap, conflicts resolved
public record RecoveredLog(HardState hardState, EntryId mark, List<Entry> entries) {
  public RecoveredLog {
    entries = List.copyOf(entries);
  }

  /// The end of the log.
  public EntryId last() {
    return entries.isEmpty() ? mark : entries.getLast().id();
  }
}
