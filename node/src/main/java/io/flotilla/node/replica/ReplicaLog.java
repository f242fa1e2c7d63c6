package io.flotilla.node.replica;

import io.flotilla.base.GroupId;
import io.flotilla.node.storage.NodeFiles;
import io.flotilla.raft.core.HardState;
import io.flotilla.raft.host.GroupLog;
import io.flotilla.raft.log.LogBatch;
import io.flotilla.raft.log.LogStore;
import io.flotilla.raft.log.RaftLogWriter;
import io.flotilla.raft.log.RecoveredLog;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.Directories;
import io.flotilla.storage.file.DiskFullException;
import io.flotilla.storage.wal.WalConfig;
import io.flotilla.storage.wal.WalCounters;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.slf4j.LoggerFactory;

/// What every replica has on the disk, of whatever group: its log with the writer, and the place of
/// its tree file.
final class ReplicaLog {
  private final GroupId group;
  private final LogStore store;
  private final RaftLogWriter writer;

  private ReplicaLog(ReplicaPorts ports, GroupId group, LogStore store) {
    this.group = group;
    this.store = store;
    this.writer =
        new RaftLogWriter(
            store,
            ports.walThreads().apply(group),
            ports.loop(),
            RaftLogWriter.Limits.defaults(),
            new Listener(group, ports));
  }

  /// Blocks.
  ///
  /// @param segmentBytes size of one file of the log
  /// @throws io.flotilla.base.CorruptionException when a file is damaged
  /// @throws io.flotilla.storage.wal.WalRefusedException when the log is another group's
  static ReplicaLog open(ReplicaPorts ports, NodeFiles files, GroupId group, long segmentBytes)
      throws IOException {
    var store =
        LogStore.open(ports.disk(), ports.clock(), files.wal(group), config(group, segmentBytes));
    return new ReplicaLog(ports, group, store);
  }

  /// Makes an empty log whose replica has seen a term and voted in it; durable when it returns.
  /// Blocks.
  static void begin(
      ReplicaPorts ports, NodeFiles files, GroupId group, long segmentBytes, HardState state)
      throws IOException {
    try (var store =
        LogStore.open(ports.disk(), ports.clock(), files.wal(group), config(group, segmentBytes))) {
      store.append(LogBatch.of(Optional.of(state), List.of()));
      store.sync();
    }
  }

  private static WalConfig config(GroupId group, long segmentBytes) {
    var wal = WalConfig.of(group);
    return new WalConfig(group, segmentBytes, wal.bufferBytes(), wal.spareSegments());
  }

  /// The group's state, made when there is none. Blocks.
  static TreeFile openTree(
      ReplicaPorts ports, NodeFiles files, GroupId group, TreeFileConfig config)
      throws IOException {
    Path file = files.tree(group);
    Directories.createDurably(ports.disk(), file.getParent());
    return TreeFile.open(ports.disk(), file, config);
  }

  GroupId group() {
    return group;
  }

  /// What it held when it was opened.
  RecoveredLog recovered() {
    return store.recovered();
  }

  /// For the host, which closes it.
  GroupLog writer() {
    return GroupLog.of(writer);
  }

  /// Any thread.
  WalCounters counters() {
    return writer.counters();
  }

  /// Gives the files back without another write, where no host does.
  void abandon() throws IOException {
    store.close();
  }

  private record Listener(GroupId group, ReplicaPorts ports) implements RaftLogWriter.Listener {
    @Override
    public void onFailed(Throwable cause) {
      ports.halt().accept(cause);
    }

    /// The quota sees the missing room by itself and raises the alarm.
    @Override
    public void onDiskFull(DiskFullException cause) {
      LoggerFactory.getLogger(ReplicaLog.class)
          .atWarn()
          .addKeyValue("event", "disk-full")
          .addKeyValue("group", group)
          .log("writes wait for room on the disk: {}", cause.getMessage());
    }

    @Override
    public void onSynced(long nanos) {
      ports.meters().logSynced(nanos);
    }
  }
}
