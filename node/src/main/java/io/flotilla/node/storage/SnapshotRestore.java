package io.flotilla.node.storage;

import io.flotilla.base.GroupId;
import io.flotilla.base.NodeId;
import io.flotilla.base.port.Clock;
import io.flotilla.base.port.Disk;
import io.flotilla.node.config.NodeConfig;
import io.flotilla.placement.service.Founding;
import io.flotilla.placement.service.Refounding;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.core.HardState;
import io.flotilla.raft.log.LogBatch;
import io.flotilla.raft.log.LogStore;
import io.flotilla.storage.backup.SnapshotDamagedException;
import io.flotilla.storage.backup.SnapshotReader;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.file.Directories;
import io.flotilla.storage.wal.WalConfig;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Makes the data directory of a member of a new cluster out of a backup.
///
/// The state keeps its place in the log, and the new log is empty after that place. The identity is
/// written last: a node does not start on a directory that has groups and no identity, so a restore
/// that was interrupted is never taken for a whole one.
public final class SnapshotRestore {
  private final Disk disk;
  private final Clock clock;
  private final Progress progress;

  public SnapshotRestore(Disk disk, Clock clock, Progress progress) {
    this.disk = disk;
    this.clock = clock;
    this.progress = progress;
  }

  /// What was restored.
  ///
  /// @param identity of the new cluster and its member, for people
  /// @param revision of the keys
  /// @param applied the last entry that the state contains
  public record Restored(String identity, long revision, EntryId applied) {}

  /// Restores the file `snapshot` to the data directory that `config` names.
  ///
  /// @param founded the member and its cluster; restored for each of its members alike, the
  ///     directories make one cluster (etcd behaviour)
  /// @throws UnusableDirectoryException when the backup is damaged or the directory is in the way
  /// @throws IOException when the disk fails; what was made has to be removed by hand
  public Restored run(
      Path snapshot, NodeConfig config, Identity founded, Refounding.Revisions revisions)
      throws IOException {
    var files = new NodeFiles(config.dataDir());
    if (!disk.list(files.path()).isEmpty()) {
      throw new UnusableDirectoryException(
          files.path().toAbsolutePath() + " is not empty; choose another --data-dir");
    }
    try (SnapshotFile source = SnapshotFile.open(disk, snapshot, progress)) {
      Directories.createDurably(disk, files.lock().getParent());
      try (Released _ = new Released(files.takeLock(disk))) {
        return restore(source, files, new Target(config, founded, revisions));
      }
    } catch (SnapshotDamagedException damage) {
      throw new UnusableDirectoryException(snapshot + ": " + damage.getMessage());
    } catch (UncheckedIOException failure) {
      throw failure.getCause();
    }
  }

  private record Target(NodeConfig config, Identity founded, Refounding.Revisions revisions) {}

  private Restored restore(SnapshotFile source, NodeFiles files, Target target) throws IOException {
    Path tree = files.tree(GroupId.ROOT);
    Directories.createDurably(disk, tree.getParent());
    progress.during(
        "restoring " + tree,
        () -> SnapshotReader.restore(disk, tree, TreeFileConfig.standard(), source.source()));
    Refounding.Beginning beginning = refound(tree, target);
    if (beginning.applied().index() > 0) {
      writeLog(files, target.config().storage().walSegmentBytes(), beginning.applied());
    }
    var identity = new Identity(target.founded().clusterId(), target.founded().node());
    identity.write(disk, files.identity());
    return new Restored(identity.toString(), beginning.revision(), beginning.applied());
  }

  private Refounding.Beginning refound(Path tree, Target target) throws IOException {
    try (TreeFile file = TreeFile.open(disk, tree, TreeFileConfig.standard())) {
      Refounding.Beginning beginning =
          Refounding.apply(
              file, new Founding(target.founded().origin().members()), target.revisions());
      file.checkpoint();
      return beginning;
    }
  }

  /// Says where the log goes on, so that a check can tell a restored state from a lost log.
  private void writeLog(NodeFiles files, long segmentBytes, EntryId applied) throws IOException {
    WalConfig defaults = WalConfig.of(GroupId.ROOT);
    var config =
        new WalConfig(GroupId.ROOT, segmentBytes, defaults.bufferBytes(), defaults.spareSegments());
    var state = new HardState(applied.term(), NodeId.NONE, applied.index());
    try (LogStore log = LogStore.open(disk, clock, files.wal(GroupId.ROOT), config)) {
      log.append(new LogBatch(Optional.of(applied), Optional.of(state), List.of()));
      log.sync();
    }
  }
}
