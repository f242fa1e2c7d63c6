package io.flotilla.raft.log;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.GroupId;
import io.flotilla.base.port.Disk;
import io.flotilla.storage.wal.WalCheck;
import io.flotilla.storage.wal.WalPlace;
import io.flotilla.storage.wal.WalReport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/// Verifies a replica's log without changing it: its segments, and that its records hang together.
/// Accepts exactly what [LogStore#open] accepts. Holds all entries in memory, as a start does.
public final class LogCheck {
  private final LogRecovery recovery = new LogRecovery(new SegmentIndexes());
  private @Nullable CorruptionException damage;

  private LogCheck() {}

  /// @param wal what the segments are like
  /// @param log what the records mean; empty if anything is damaged
  /// @param damage the first record that cannot be; looked for only in sound segments
  public record Report(
      WalReport wal, Optional<RecoveredLog> log, Optional<CorruptionException> damage) {}

  /// @param group the owner of the log
  /// @throws IOException when a file cannot be read; what is wrong in it is in the report
  public static Report run(Disk disk, Path directory, GroupId group) throws IOException {
    var check = new LogCheck();
    WalReport wal = WalCheck.run(disk, directory, Optional.of(group), check::onRecord);
    return check.report(wal);
  }

  private void onRecord(WalPlace place, int kind, ByteBuffer payload) {
    if (damage != null) {
      return; // what follows would only be held against a log that is wrong already
    }
    try {
      recovery.onRecord(place, kind, payload);
    } catch (CorruptionException found) {
      damage = found;
    }
  }

  /// Behind a damaged segment records are missing, so what follows is not held against the rules.
  private Report report(WalReport wal) {
    if (!wal.isSound()) {
      return new Report(wal, Optional.empty(), Optional.empty());
    }
    try {
      if (damage == null) {
        return new Report(wal, Optional.of(recovery.finish()), Optional.empty());
      }
    } catch (CorruptionException found) {
      damage = found;
    }
    return new Report(wal, Optional.empty(), Optional.ofNullable(damage));
  }
}
