package io.flotilla.node.storage;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Disk;
import io.flotilla.storage.file.Directories;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;

/// The groups that a node has given up, and the removal of their files. Blocks; one thread at a
/// time.
///
/// An empty file `groups/<id>.retired` says that the group's directory is not needed any more. It
/// is durable before the first file goes: the state of the root group that a start finds may still
/// name the group, as its log has to be applied first, and a group that is named and has no files
/// is damage otherwise.
public final class RetiredGroups {
  private static final String SUFFIX = ".retired";

  private final Disk disk;
  private final NodeFiles files;

  public RetiredGroups(Disk disk, NodeFiles files) {
    this.disk = disk;
    this.files = files;
  }

  private Path marker(GroupId group) {
    return files.groups().resolve(group + SUFFIX);
  }

  /// Whether a name in the directory of groups says that this one is given up.
  static boolean isMark(String name, GroupId group) {
    return name.equals(group + SUFFIX);
  }

  /// Those whose files are gone or may go.
  public Set<GroupId> list() throws IOException {
    Set<GroupId> groups = new TreeSet<>();
    for (String name : disk.list(files.groups())) {
      if (name.matches("[1-9][0-9]{0,8}\\.retired")) {
        int digits = name.length() - SUFFIX.length();
        groups.add(new GroupId(Integer.parseInt(name.substring(0, digits))));
      }
    }
    return groups;
  }

  /// Gives a group up for ever and removes its files, which nobody uses.
  public void remove(GroupId group) throws IOException {
    Directories.createDurably(disk, files.groups());
    disk.open(marker(group)).close();
    disk.forceDirectory(files.groups());
    removeFiles(group);
  }

  /// Removes the files of a group, which nobody uses, and remembers nothing of it. The log and the
  /// state have no directories below their own.
  public void removeFiles(GroupId group) throws IOException {
    Path directory = files.group(group);
    if (!disk.exists(directory)) {
      return;
    }
    for (String name : disk.list(directory)) {
      Path inner = directory.resolve(name);
      for (String file : disk.list(inner)) {
        disk.delete(inner.resolve(file));
      }
      disk.delete(inner);
    }
    disk.delete(directory);
    disk.forceDirectory(files.groups());
  }

  /// Removes what earlier processes left: the files of groups that were given up or that nobody
  /// knows any more. Of the given up ones only those that may be asked for keep their mark.
  ///
  /// @param isNamed whether the root group's state names a group, as of its whole log
  /// @param mayBeMissed whether somebody takes a group without files for damage for ever
  public void removeLeftovers(Predicate<GroupId> isNamed, Predicate<GroupId> mayBeMissed)
      throws IOException {
    for (GroupId group : files.listGroups(disk)) {
      if (!group.equals(GroupId.ROOT) && !isNamed.test(group)) {
        remove(group);
      }
    }
    for (GroupId group : list()) {
      if (!isNamed.test(group) && !mayBeMissed.test(group)) {
        disk.delete(marker(group));
      }
    }
    if (!disk.list(files.groups()).isEmpty()) {
      disk.forceDirectory(files.groups());
    }
  }
}
