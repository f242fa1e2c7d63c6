package io.flotilla.raft.host;

import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.log.LogBatch;
import io.flotilla.raft.log.RaftLogWriter;

/// The durable log of one replica as the host uses it. Completions run on the group's loop, in the
/// order in which things were handed in. Failures go to whoever opened the log, which halts.
public interface GroupLog {
  /// Makes a batch durable. Returns false, taking nothing, when too much waits or the log is
  /// closed.
  boolean persist(LogBatch batch, Runnable durable);

  /// Gives up entries up to `mark`, which a durable checkpoint contains and the log holds durably.
  boolean truncatePrefix(EntryId mark, Runnable done);

  /// Finishes what was handed in and closes.
  boolean close(Runnable closed);

  static GroupLog of(RaftLogWriter writer) {
    return new GroupLog() {
      @Override
      public boolean persist(LogBatch batch, Runnable durable) {
        return writer.persist(batch, durable);
      }

      @Override
      public boolean truncatePrefix(EntryId mark, Runnable done) {
        return writer.truncatePrefix(mark, done);
      }

      @Override
      public boolean close(Runnable closed) {
        return writer.close(closed);
      }
    };
  }
}
