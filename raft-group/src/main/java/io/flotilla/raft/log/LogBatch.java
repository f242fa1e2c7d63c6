package io.flotilla.raft.log;

import io.flotilla.raft.core.Entry;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.HardState;
import java.util.List;
import java.util.Optional;

/// What one persist makes durable, as a whole or not at all.
///
/// @param restart present when a Raft snapshot replaces the log: it is empty after this entry
/// @param hardState present if it changed
/// @param entries a run without a gap; the first replaces everything from its index on
public record LogBatch(
    Optional<EntryId> restart, Optional<HardState> hardState, List<Entry> entries) {
  private static final int OVERHEAD_BYTES = 32;

  public LogBatch {
    entries = List.copyOf(entries);
  }

  public static LogBatch of(Optional<HardState> hardState, List<Entry> entries) {
    return new LogBatch(Optional.empty(), hardState, entries);
  }

  /// What the batch weighs in a bound that is counted in bytes.
  long weightBytes() {
    long sum = OVERHEAD_BYTES;
    for (Entry entry : entries) {
      sum += OVERHEAD_BYTES + entry.payload().length;
    }
    return sum;
  }
}
