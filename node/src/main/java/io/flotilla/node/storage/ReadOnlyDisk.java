package io.flotilla.node.storage;

import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/// A disk that nothing can be changed on, so that a check is sure to change nothing and works on
/// media that cannot be written.
record ReadOnlyDisk(Disk disk) implements Disk {
  @Override
  public boolean exists(Path path) throws IOException {
    return disk.exists(path);
  }

  @Override
  public List<String> list(Path directory) throws IOException {
    return disk.list(directory);
  }

  @Override
  public DiskFile open(Path path) throws IOException {
    return disk.openForRead(path);
  }

  @Override
  public DiskFile openForRead(Path path) throws IOException {
    return disk.openForRead(path);
  }

  @Override
  public long usableBytes(Path path) throws IOException {
    return disk.usableBytes(path);
  }

  @Override
  public AutoCloseable lock(Path path) throws IOException {
    return disk.lock(path);
  }

  @Override
  public void createDirectories(Path directory) throws IOException {
    throw refusal(directory);
  }

  @Override
  public void delete(Path path) throws IOException {
    throw refusal(path);
  }

  @Override
  public void rename(Path from, Path to) throws IOException {
    throw refusal(from);
  }

  @Override
  public void forceDirectory(Path directory) throws IOException {
    throw refusal(directory);
  }

  private static IOException refusal(Path path) {
    return new IOException(path + " is not changed by a check");
  }
}
