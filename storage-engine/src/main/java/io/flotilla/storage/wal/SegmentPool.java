package io.flotilla.storage.wal;

import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/// Files that wait to become segments: recycled ones, and one that is being filled with zeros in
/// small pieces. A recycled file keeps its old content, which names the old segment in every
/// sector.
final class SegmentPool implements AutoCloseable {
  /// What one step writes.
  private static final int STEP_BYTES = 1 << 20;

  private final Disk disk;
  private final Path directory;
  private final WalConfig config;
  private final Deque<Path> ready = new ArrayDeque<>();
  private @Nullable DiskFile growing;

  SegmentPool(Disk disk, Path directory, WalConfig config) {
    this.disk = disk;
    this.directory = directory;
    this.config = config;
  }

  /// Takes over what an earlier run left: full files are made sure of, one smaller one is grown on,
  /// the rest is deleted.
  void open() throws IOException {
    for (Path path : SegmentNames.spares(disk, directory)) {
      DiskFile file = disk.open(path);
      long size = file.size();
      if (size == config.segmentBytes() && ready.size() < config.spareSegments()) {
        file.force(true);
        file.close();
        ready.add(path);
      } else if (size < config.segmentBytes() && growing == null) {
        growing = file;
      } else {
        file.close();
        disk.delete(path);
      }
    }
  }

  int readyCount() {
    return ready.size();
  }

  /// Bytes of the next segment that exist already; `segmentBytes` when a whole one does.
  long preparedBytes() throws IOException {
    if (!ready.isEmpty()) {
      return config.segmentBytes();
    }
    return growing == null ? 0 : growing.size();
  }

  /// Does one small, durable step towards a complete spare. Returns whether more is to do.
  boolean step() throws IOException {
    if (!ready.isEmpty()) {
      return false;
    }
    DiskFile file = growing == null ? disk.open(freeName()) : growing;
    growing = file;
    file.allocate(Math.min(config.segmentBytes(), file.size() + STEP_BYTES));
    file.force(true);
    if (file.size() < config.segmentBytes()) {
      return true;
    }
    file.close();
    growing = null;
    ready.add(file.path());
    return false;
  }

  /// A file of at least `bytes`, allocated and forced. Its name is not yet durable.
  Path take(long bytes) throws IOException {
    if (bytes > config.segmentBytes()) {
      return create(bytes);
    }
    boolean more = true;
    while (more) {
      more = step();
    }
    return ready.removeFirst();
  }

  private Path create(long bytes) throws IOException {
    Path path = freeName();
    try (DiskFile file = disk.open(path)) {
      file.allocate(bytes);
      file.force(true);
    }
    return path;
  }

  /// Takes back a file that is no segment any more; deletes it when it is not wanted.
  void recycle(Path segment) throws IOException {
    long size;
    try (DiskFile file = disk.openForRead(segment)) {
      size = file.size();
    }
    if (size == config.segmentBytes() && ready.size() < config.spareSegments()) {
      Path spare = freeName();
      disk.rename(segment, spare);
      ready.add(spare);
    } else {
      disk.delete(segment);
    }
    disk.forceDirectory(directory);
  }

  private Path freeName() throws IOException {
    int number = 0;
    while (disk.exists(SegmentNames.spare(directory, number))) {
      number++;
    }
    return SegmentNames.spare(directory, number);
  }

  @Override
  public void close() throws IOException {
    if (growing != null) {
      growing.close();
    }
  }
}
