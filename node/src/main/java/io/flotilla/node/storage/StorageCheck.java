package io.flotilla.node.storage;

import io.flotilla.base.CorruptionException;
import io.flotilla.base.GroupId;
import io.flotilla.base.port.Disk;
import io.flotilla.placement.service.Founding;
import io.flotilla.proto.command.GroupRecord;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.stream.Stream;

/// Verifies everything that a node keeps, without changing any of it: the identity, each group's
/// log, each group's tree file, and that log and tree fit together.
public final class StorageCheck {
  private final Disk disk;
  private final NodeFiles files;
  private final CheckLines out;
  private final Progress progress;

  private StorageCheck(Disk disk, NodeFiles files, CheckLines out, Progress progress) {
    this.disk = disk;
    this.files = files;
    this.out = out;
    this.progress = progress;
  }

  /// Checks the data directory `path`; keeps nodes out meanwhile.
  ///
  /// @param lines gets one line per file, one per problem, and a last one with the verdict
  /// @return whether a node would start and find everything
  /// @throws UnusableDirectoryException when a node runs on it or it is no data directory
  /// @throws IOException when something cannot be read
  public static boolean run(Disk disk, Path path, Consumer<String> lines, Progress progress)
      throws IOException {
    var files = new NodeFiles(path);
    if (!files.isDataDirectory(disk)) {
      throw new UnusableDirectoryException(path.toAbsolutePath() + " is not a data directory");
    }
    AutoCloseable lock = disk.exists(files.lock()) ? files.takeLock(disk) : () -> {};
    try (Released _ = new Released(lock)) {
      var check = new StorageCheck(new ReadOnlyDisk(disk), files, new CheckLines(lines), progress);
      return check.run();
    }
  }

  private boolean run() throws IOException {
    Set<GroupId> retired = new RetiredGroups(disk, files).list();
    List<GroupId> groups = files.listGroups(disk);
    Set<GroupId> dropped = dropped();
    checkIdentity(groups, Stream.concat(retired.stream(), dropped.stream()).toList());
    for (String name : disk.list(files.groups())) {
      boolean isMark = retired.stream().anyMatch(group -> RetiredGroups.isMark(name, group));
      boolean isKnown = isMark || DroppedReplicas.groupOf(name) > 0;
      if (!isKnown && groups.stream().noneMatch(group -> group.toString().equals(name))) {
        out.note("groups/" + name + ": not a group's directory, not looked at");
      }
    }
    for (GroupId group : groups) {
      if (retired.contains(group)) {
        out.note("groups/" + group + ": retired, the next start removes it, not looked at");
        continue;
      }
      if (dropped.contains(group)) {
        out.note("groups/" + group + ": dropped, the next start removes it, not looked at");
        continue;
      }
      new GroupCheck(disk, files, group, out, progress).run();
    }
    return out.finish();
  }

  /// The groups whose replica went elsewhere, and is not here again.
  private Set<GroupId> dropped() throws IOException {
    Set<GroupId> gone = new TreeSet<>();
    try {
      new DroppedReplicas(disk, files)
          .list()
          .forEach(
              (group, dropped) -> {
                if (!dropped.back()) {
                  gone.add(group);
                }
              });
    } catch (CorruptionException damage) {
      out.problem(String.valueOf(damage.getMessage()));
    }
    return gone;
  }

  private void checkIdentity(List<GroupId> groups, Collection<GroupId> given) throws IOException {
    Path path = files.identity();
    String name = files.nameOf(path);
    if (!disk.exists(path)) {
      out.problem(path + " is missing");
      return;
    }
    try {
      Identity identity = Identity.read(disk, path);
      out.file(name, identity.toString(), true);
      checkFounded(identity, groups, given);
    } catch (CorruptionException damage) {
      out.file(name, "unreadable", false);
      out.problem(String.valueOf(damage.getMessage()));
    }
  }

  /// The groups that this node founded with the others. A node makes the directories of all of them
  /// before it runs any.
  ///
  /// @param given groups that were given up since
  private void checkFounded(Identity identity, List<GroupId> groups, Collection<GroupId> given) {
    Founding founding = identity.origin().founding();
    if (founding == null || groups.isEmpty()) {
      return;
    }
    for (GroupRecord record : founding.groups()) {
      var group = new GroupId(record.getGroup());
      boolean isFounder = record.getFoundersList().contains(identity.node().value());
      if (isFounder && !groups.contains(group) && !given.contains(group)) {
        out.problem(files.group(group) + " is missing");
      }
    }
  }
}
