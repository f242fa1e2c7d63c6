package io.flotilla.node.storage;

import io.flotilla.base.GroupId;
import io.flotilla.base.port.Disk;
import io.flotilla.storage.file.LockedException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// Where things are in a data directory that no node uses.
///
///     member/lock        held while a node runs
///     member/identity    who the node is
///     groups/<id>/wal/   a group's write-ahead log
///     groups/<id>/snap/  a group's tree file, `db`
public record NodeFiles(Path path) {
  public Path lock() {
    return path.resolve("member").resolve("lock");
  }

  public Path identity() {
    return path.resolve("member").resolve("identity");
  }

  public Path groups() {
    return path.resolve("groups");
  }

  public Path group(GroupId group) {
    return groups().resolve(group.toString());
  }

  public Path wal(GroupId group) {
    return group(group).resolve("wal");
  }

  public Path tree(GroupId group) {
    return group(group).resolve("snap").resolve("db");
  }

  /// Whether this looks like something that a node has used.
  boolean isDataDirectory(Disk disk) throws IOException {
    return disk.exists(identity()) || disk.exists(groups());
  }

  /// The groups that have a directory, ascending; other names are left out.
  List<GroupId> listGroups(Disk disk) throws IOException {
    List<GroupId> ids = new ArrayList<>();
    for (String name : disk.list(groups())) {
      if (name.matches("0|[1-9][0-9]{0,8}")) {
        ids.add(new GroupId(Integer.parseInt(name)));
      }
    }
    ids.sort(null);
    return ids;
  }

  /// A path as it is told to people: relative to the data directory.
  String nameOf(Path file) {
    return path.relativize(file).toString();
  }

  /// Keeps nodes out.
  ///
  /// @throws UnusableDirectoryException when a node runs on the directory
  AutoCloseable takeLock(Disk disk) throws IOException {
    try {
      return disk.lock(lock());
    } catch (LockedException inUse) {
      throw new UnusableDirectoryException(
          "a node runs on " + path.toAbsolutePath() + "; stop it first");
    }
  }
}
