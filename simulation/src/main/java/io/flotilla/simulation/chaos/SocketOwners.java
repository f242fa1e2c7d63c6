package io.flotilla.simulation.chaos;

import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/// Which process a connection of this machine comes from, by `/proc` (Linux).
final class SocketOwners {
  private static final List<Path> TABLES =
      List.of(Path.of("/proc/net/tcp"), Path.of("/proc/net/tcp6"));

  /// Columns of `/proc/net/tcp`: both addresses as `ADDRESS:PORT` in hex, and the socket's inode.
  private static final int LOCAL = 1;

  private static final int REMOTE = 2;
  private static final int INODE = 9;

  private SocketOwners() {}

  /// Whether this machine tells who owns a connection.
  static boolean areKnown() {
    return Files.isReadable(TABLES.getFirst());
  }

  /// The one of `pids` that connected from `localPort` to `remotePort`; -1 if none did.
  static int indexOf(List<Long> pids, int localPort, int remotePort) throws IOException {
    for (Path table : TABLES) {
      if (Files.isReadable(table)) {
        String inode = inode(table, localPort, remotePort);
        for (int i = 0; inode != null && i < pids.size(); i++) {
          if (owns(pids.get(i), "socket:[" + inode + "]")) {
            return i;
          }
        }
      }
    }
    return -1;
  }

  private static @Nullable String inode(Path table, int localPort, int remotePort)
      throws IOException {
    String local = String.format(":%04X", localPort);
    String remote = String.format(":%04X", remotePort);
    for (String line : Files.readAllLines(table)) {
      String[] columns = line.strip().split("\\s+");
      if (columns.length > INODE
          && columns[LOCAL].endsWith(local)
          && columns[REMOTE].endsWith(remote)) {
        return columns[INODE];
      }
    }
    return null;
  }

  private static boolean owns(long pid, String socket) {
    if (pid == 0) {
      return false;
    }
    try (var files = Files.newDirectoryStream(Path.of("/proc/" + pid + "/fd"))) {
      for (Path file : files) {
        if (isLink(file, socket)) {
          return true;
        }
      }
    } catch (IOException | DirectoryIteratorException _) {
      return false; // the process is gone
    }
    return false;
  }

  private static boolean isLink(Path file, String target) {
    try {
      return Files.readSymbolicLink(file).toString().equals(target);
    } catch (IOException _) {
      return false; // closed meanwhile
    }
  }
}
