package io.flotilla.node.storage;

import io.flotilla.base.GroupId;
import io.flotilla.base.InvariantViolation;
import io.flotilla.base.port.Disk;
import io.flotilla.raft.core.EntryId;
import io.flotilla.raft.log.LogCheck;
import io.flotilla.raft.log.RecoveredLog;
import io.flotilla.raft.shard.AppliedMark;
import io.flotilla.storage.btree.TreeFile;
import io.flotilla.storage.btree.TreeFileConfig;
import io.flotilla.storage.check.CheckReport;
import io.flotilla.storage.check.Problem;
import io.flotilla.storage.check.TreeCheck;
import io.flotilla.storage.check.TreeStats;
import io.flotilla.storage.mvcc.MvccCheck;
import io.flotilla.storage.mvcc.MvccStore;
import io.flotilla.storage.wal.WalReport;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/// Verifies one group's log and tree file and that the two fit together.
final class GroupCheck {
  private final Disk disk;
  private final NodeFiles files;
  private final GroupId group;
  private final CheckLines out;
  private final Progress progress;
  private boolean hasSegments;

  GroupCheck(Disk disk, NodeFiles files, GroupId group, CheckLines out, Progress progress) {
    this.disk = disk;
    this.files = files;
    this.group = group;
    this.out = out;
    this.progress = progress;
  }

  void run() throws IOException {
    Optional<RecoveredLog> log = checkLog();
    Optional<EntryId> applied = checkTree();
    if (log.isPresent() && applied.isPresent()) {
      checkFit(log.get(), applied.get());
    }
  }

  // ---- the log

  private Optional<RecoveredLog> checkLog() throws IOException {
    Path path = files.wal(group);
    LogCheck.Report report =
        progress.during(
            "checking " + files.nameOf(path), () -> LogCheck.run(disk, path, group));
    for (WalReport.SegmentSummary segment : report.wal().segments()) {
      boolean sound =
          segment.damage().isEmpty()
              && report.damage().stream().noneMatch(d -> d.file().equals(segment.file().toString()));
      out.file(files.nameOf(segment.file()), counts(segment), sound);
      segment.damage().ifPresent(damage -> out.problem(damage.reason()));
    }
    report.damage().ifPresent(damage -> out.problem(String.valueOf(damage.getMessage())));
    hasSegments = !report.wal().segments().isEmpty();
    return report.log();
  }

  private static String counts(WalReport.SegmentSummary segment) {
    long records =
        segment.firstRecord() < 0 ? 0 : segment.lastRecord() - segment.firstRecord() + 1;
    String text =
        records
            + " records in "
            + segment.frames()
            + " frames, "
            + segment.usedBytes()
            + " of "
            + segment.fileBytes()
            + " bytes used";
    return segment.tornBytes() == 0
        ? text
        : text + ", an interrupted write of " + segment.tornBytes() + " bytes at the end";
  }

  // ---- the tree file

  /// What the state contains; empty when that cannot be told.
  private Optional<EntryId> checkTree() throws IOException {
    Path path = files.tree(group);
    String name = files.nameOf(path);
    if (!disk.exists(path)) {
      out.note(name + ": not there, the log is all there is");
      return Optional.of(EntryId.ZERO);
    }
    CheckReport report =
        progress.during("checking " + name, () -> TreeCheck.verify(disk, path));
    out.file(name, counts(report), report.sound());
    for (Problem problem : report.problems()) {
      out.problem(path + ": " + problem);
    }
    if (!report.sound()) {
      return Optional.empty();
    }
    return progress.during("checking keys in " + name, () -> checkStore(path, report.pageBytes()));
  }

  private static String counts(CheckReport report) {
    return report.filePages()
        + " pages of "
        + report.pageBytes()
        + " bytes, "
        + report.usedPages()
        + " used, "
        + report.freePages()
        + " free, "
        + report.trees().stream().mapToLong(TreeStats::entries).sum()
        + " entries in "
        + report.trees().size()
        + " trees, checkpoint "
        + report.sequence();
  }

  private Optional<EntryId> checkStore(Path path, int pageBytes) throws IOException {
    var config = new TreeFileConfig(pageBytes, 1 << 20);
    try (TreeFile file = TreeFile.open(disk, path, config)) {
      List<String> findings = MvccCheck.check(file);
      findings.forEach(finding -> out.problem(path + ": " + finding));
      MvccStore store = MvccStore.open(file);
      AppliedMark mark = AppliedMark.of(store);
      out.note(
          files.nameOf(path)
              + ": "
              + store.keyCount()
              + " keys, revision "
              + store.revision()
              + ", compacted "
              + store.compactRevision()
              + ", contains the log up to "
              + mark.term()
              + "/"
              + mark.index());
      return Optional.of(new EntryId(mark.term(), mark.index()));
    } catch (InvariantViolation | RuntimeException broken) {
      out.problem(path + ": " + broken.getMessage());
      return Optional.empty();
    }
  }

  // ---- both

  private void checkFit(RecoveredLog log, EntryId applied) {
    String name = files.nameOf(files.group(group));
    if (!hasSegments && applied.index() > 0) {
      out.problem(
          files.group(group) + ": the state ends with entry " + applied + ", but there is no log");
      return;
    }
    out.note(
        name
            + ": log after "
            + log.mark()
            + " up to "
            + log.last()
            + ", "
            + log.hardState()
            + ", state at "
            + applied);
    switch (LogFit.of(log, applied)) {
      case LogFit.Follows _ -> {}
      case LogFit.Replaced replaced -> out.note(name + ": " + replaced.reason());
      case LogFit.Broken broken -> out.problem(files.group(group) + ": " + broken.reason());
    }
  }
}
