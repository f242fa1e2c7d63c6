package io.flotilla.simulation.chaos;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/// Where a node keeps its data: a small file system of its own where this process may mount one,
/// so that it can become full without anybody else noticing; else a plain directory.
final class DataDisk implements AutoCloseable {
  private static final String SIZE = "768m";
  private static final int COMMAND_SECONDS = 20;

  private final Path path;
  private final boolean own;

  private DataDisk(Path path, boolean own) {
    this.path = path;
    this.own = own;
  }

  static DataDisk at(Path path) {
    try {
      Files.createDirectories(path);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    boolean mounted =
        succeeds("mount", "-t", "tmpfs", "-o", "size=" + SIZE, "tmpfs", path.toString());
    return new DataDisk(path, mounted);
  }

  Path path() {
    return path;
  }

  /// Whether [#fill] is possible.
  boolean canBeFilled() {
    return own;
  }

  /// Leaves no byte free.
  void fill() {
    if (!own) {
      throw new IllegalStateException("this disk is not ours alone: " + path);
    }
    byte[] piece = new byte[1 << 20];
    try (OutputStream out = Files.newOutputStream(filler())) {
      for (int size = piece.length; size > 0; size /= 2) {
        while (fits(out, piece, size)) {
          // until it does not
        }
      }
    } catch (IOException _) {
      // Closing a file on a full disk may fail; the disk is full, which was the aim.
    }
  }

  private static boolean fits(OutputStream out, byte[] piece, int size) {
    try {
      out.write(piece, 0, size);
      return true;
    } catch (IOException _) {
      return false; // no space left
    }
  }

  void release() {
    try {
      Files.deleteIfExists(filler());
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  private Path filler() {
    return path.resolve("filler");
  }

  /// Gives the file system back; what was on it is gone then.
  @Override
  public void close() {
    if (own && !succeeds("umount", path.toString()) && !succeeds("umount", "-l", path.toString())) {
      throw new IllegalStateException("cannot unmount " + path);
    }
  }

  private static boolean succeeds(String... command) {
    try {
      Process process =
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.DISCARD)
              .start();
      return process.waitFor(COMMAND_SECONDS, TimeUnit.SECONDS) && process.exitValue() == 0;
    } catch (IOException _) {
      return false; // no such command here
    } catch (InterruptedException _) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
