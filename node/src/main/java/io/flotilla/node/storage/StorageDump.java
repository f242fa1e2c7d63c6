package io.flotilla.node.storage;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.GroupId;
import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import io.flotilla.raft.log.LogRecord;
import io.flotilla.storage.check.PageDump;
import io.flotilla.storage.check.TreeCheck;
import io.flotilla.storage.wal.WalCheck;
import io.flotilla.storage.wal.WalDump;
import io.flotilla.storage.wal.WalPlace;
import io.flotilla.storage.wal.WalReport;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/// Prints what files of a node hold, for a person who looks for something, as far as it can be
/// read. Shows keys of users, never their values.
public final class StorageDump {
  private static final String SEGMENT_SUFFIX = ".wal";

  private final Disk disk;
  private final Consumer<String> out;

  /// @param out gets the lines
  public StorageDump(Disk disk, Consumer<String> out) {
    this.disk = new ReadOnlyDisk(disk);
    this.out = out;
  }

  /// Prints a data directory, a log's directory, a segment or a tree file.
  ///
  /// @param pages which pages of a tree file; none for a summary
  /// @throws UnusableDirectoryException when `path` is none of these
  /// @throws IOException when something cannot be read
  public void print(Path path, List<Integer> pages) throws IOException {
    if (!disk.exists(path)) {
      throw new UnusableDirectoryException(path + " does not exist");
    }
    var files = new NodeFiles(path);
    List<String> names = disk.list(path);
    if (files.isDataDirectory(disk)) {
      printAll(files);
    } else if (names.stream().anyMatch(name -> name.endsWith(SEGMENT_SUFFIX))) {
      printLog(path);
    } else if (!names.isEmpty()) {
      throw new UnusableDirectoryException(path + " is neither a data directory nor a log");
    } else if (path.toString().endsWith(SEGMENT_SUFFIX)) {
      printSegment(path);
    } else {
      printTree(path, pages);
    }
  }

  private void printAll(NodeFiles files) throws IOException {
    printIdentity(files);
    for (GroupId group : files.listGroups(disk)) {
      out.accept("== group " + group + ": log");
      printLog(files.wal(group));
      if (disk.exists(files.tree(group))) {
        out.accept("== group " + group + ": tree file");
        printTree(files.tree(group), List.of());
      }
    }
  }

  private void printIdentity(NodeFiles files) throws IOException {
    try {
      out.accept(
          disk.exists(files.identity())
              ? Identity.read(disk, files.identity()).toString()
              : files.identity() + " is missing");
    } catch (CorruptionException damage) {
      out.accept(damage.getMessage());
    }
  }

  private void printLog(Path directory) throws IOException {
    var text = new LineSplitter(out);
    WalDump.print(disk, directory, StorageDump::describe, text);
    text.finish();
  }

  private void printSegment(Path file) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    WalReport report =
        WalCheck.run(
            disk,
            directory,
            Optional.empty(),
            (place, kind, payload) -> {
              if (place.file().getFileName().equals(file.getFileName())) {
                out.accept(
                    "offset "
                        + place.offset()
                        + " record "
                        + place.record()
                        + ": "
                        + describe(place, kind, payload));
              }
            });
    report.segments().stream()
        .filter(segment -> segment.file().getFileName().equals(file.getFileName()))
        .flatMap(segment -> segment.damage().stream())
        .forEach(damage -> out.accept("DAMAGED: " + damage.reason()));
  }

  private static String describe(WalPlace place, int kind, ByteBuffer payload) {
    try {
      return LogRecord.read(place, kind, payload).describe();
    } catch (CorruptionException damage) {
      return "makes no sense: " + damage.getMessage();
    }
  }

  private void printTree(Path file, List<Integer> pages) throws IOException {
    if (pages.isEmpty()) {
      TreeCheck.verify(disk, file).toString().lines().forEach(out);
      return;
    }
    long size;
    try (DiskFile open = disk.openForRead(file)) {
      size = open.size();
    }
    for (int page : pages) {
      try {
        PageDump.dump(disk, file, page).lines().forEach(out);
      } catch (IllegalArgumentException noSuchPage) {
        throw new UnusableDirectoryException(file + " of " + size + " bytes has no page " + page);
      }
    }
  }
}
