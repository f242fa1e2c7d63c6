package io.flotilla.simulation.plant;

import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;

/// Forces the files of the log when they are made, and never again.
final class ForgetfulDisk implements Disk {
  private final Disk honest;

  ForgetfulDisk(Disk honest) {
    this.honest = honest;
  }

  @Override
  public boolean exists(Path path) throws IOException {
    return honest.exists(path);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return honest.list(directory);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    honest.createDirectories(directory);
  }

  @Override
  public DiskFile open(Path path) throws IOException {
    return path.toString().endsWith(".wal") ? new File(honest.open(path)) : honest.open(path);
  }

  @Override
  public DiskFile openForRead(Path path) throws IOException {
    return honest.openForRead(path);
  }

  @Override
  public void delete(Path path) throws IOException {
    honest.delete(path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    honest.rename(from, to);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    honest.forceDirectory(directory);
  }

  @Override
  public long usableBytes(Path path) throws IOException {
    return honest.usableBytes(path);
  }

  @Override
  public AutoCloseable lock(Path path) throws IOException {
    return honest.lock(path);
  }

  private record File(DiskFile honest) implements DiskFile {
    @Override
    public Path path() {
      return honest.path();
    }

    @Override
    public long size() throws IOException {
      return honest.size();
    }

    @Override
    public int read(long position, ByteBuffer target) throws IOException {
      return honest.read(position, target);
    }

    @Override
    public void write(long position, ByteBuffer source) throws IOException {
      honest.write(position, source);
    }

    @Override
    public void force(boolean metadata) throws IOException {
      if (metadata) {
        honest.force(true);
      }
    }

    @Override
    public void allocate(long size) throws IOException {
      honest.allocate(size);
    }

    @Override
    public void truncate(long size) throws IOException {
      honest.truncate(size);
    }

    @Override
    public MemorySegment map(long position, long size, Arena arena) throws IOException {
      return honest.map(position, size, arena);
    }

    @Override
    public void close() throws IOException {
      honest.close();
    }
  }
}
