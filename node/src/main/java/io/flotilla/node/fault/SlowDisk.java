package io.flotilla.node.fault;

import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/// A disk on which write-ahead logs take longer to force. The thread that forces waits, as it does
/// for a disk.
///
/// @param disk the true one
record SlowDisk(Disk disk, LogDelay delay) implements Disk {
  private static final Path LOGS = Path.of("wal");

  @Override
  public DiskFile open(Path path) throws IOException {
    DiskFile file = disk.open(path);
    Path directory = path.getParent();
    return directory != null && directory.endsWith(LOGS) ? new SlowFile(file, delay) : file;
  }

  @Override
  public boolean exists(Path path) throws IOException {
    return disk.exists(path);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return disk.list(directory);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    disk.createDirectories(directory);
  }

  @Override
  public DiskFile openForRead(Path path) throws IOException {
    return disk.openForRead(path);
  }

  @Override
  public void delete(Path path) throws IOException {
    disk.delete(path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    disk.rename(from, to);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    disk.forceDirectory(directory);
  }

  @Override
  public long usableBytes(Path path) throws IOException {
    return disk.usableBytes(path);
  }

  @Override
  public AutoCloseable lock(Path path) throws IOException {
    return disk.lock(path);
  }

  /// One log segment.
  private static final class SlowFile implements DiskFile {
    private final DiskFile file;
    private final LogDelay delay;
    private long unforced;

    SlowFile(DiskFile file, LogDelay delay) {
      this.file = file;
      this.delay = delay;
    }

    @Override
    public void write(long position, ByteBuffer source) throws IOException {
      unforced += used(source);
      file.write(position, source);
    }

    /// Without the zeros that fill the last page.
    private static int used(ByteBuffer source) {
      int end = source.limit();
      while (end > source.position() && source.get(end - 1) == 0) {
        end--;
      }
      return end - source.position();
    }

    @Override
    public void force(boolean metadata) throws IOException {
      long end = System.nanoTime() + delay.nanos(unforced);
      unforced = 0;
      file.force(metadata);
      for (long left = end - System.nanoTime(); left > 0; left = end - System.nanoTime()) {
        LockSupport.parkNanos(left);
      }
    }

    @Override
    public Path path() {
      return file.path();
    }

    @Override
    public long size() throws IOException {
      return file.size();
    }

    @Override
    public int read(long position, ByteBuffer target) throws IOException {
      return file.read(position, target);
    }

    @Override
    public void allocate(long size) throws IOException {
      file.allocate(size);
    }

    @Override
    public void truncate(long size) throws IOException {
      file.truncate(size);
    }

    @Override
    public MemorySegment map(long position, long size, Arena arena) throws IOException {
      return file.map(position, size, arena);
    }

    @Override
    public void close() throws IOException {
      file.close();
    }
  }
}
