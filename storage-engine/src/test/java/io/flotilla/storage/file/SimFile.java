package io.flotilla.storage.file;

import io.flotilla.base.port.DiskFile;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.NonWritableChannelException;
import java.nio.file.Path;
import java.util.Arrays;

/// One open file of a [SimDisk]. A file that was deleted or replaced can still be used.
final class SimFile implements DiskFile {
  private final SimDisk disk;
  private final Path path;
  private final SimContent content;
  private final boolean writable;
  private boolean closed;

  SimFile(SimDisk disk, Path path, SimContent content, boolean writable) {
    this.disk = disk;
    this.path = path;
    this.content = content;
    this.writable = writable;
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public long size() throws IOException {
    synchronized (disk) {
      checkOpen();
      return content.size();
    }
  }

  @Override
  public int read(long position, ByteBuffer target) throws IOException {
    byte[] bytes;
    synchronized (disk) {
      checkOpen();
      long available = Math.max(0, content.size() - position);
      bytes = new byte[(int) Math.min(available, target.remaining())];
      if (bytes.length > 0) {
        content.read(position, bytes, bytes.length);
      }
    }
    target.put(bytes);
    return bytes.length;
  }

  /// When the disk is full, what fits is written before the failure.
  @Override
  public void write(long position, ByteBuffer source) throws IOException {
    synchronized (disk) {
      checkWritable();
      boolean stops = disk.count();
      byte[] bytes = new byte[source.remaining()];
      source.get(bytes);
      long grows = Math.max(0, position + bytes.length - content.size());
      long lacks = Math.max(0, grows - disk.room());
      if (lacks > 0) {
        bytes = Arrays.copyOf(bytes, (int) Math.max(0, bytes.length - lacks));
      }
      content.write(position, bytes);
      SimDisk.stopIf(stops);
      if (lacks > 0) {
        throw new DiskFullException(path, null);
      }
    }
  }

  @Override
  public void force(boolean metadata) throws IOException {
    disk.hook().accept(path);
    synchronized (disk) {
      checkOpen();
      SimDisk.stopIf(disk.count());
      if (disk.failsForce(path)) {
        content.forget();
        throw new IOException("force of " + path + " failed (simulated)");
      }
      content.force(metadata);
    }
  }

  @Override
  public void allocate(long size) throws IOException {
    synchronized (disk) {
      checkWritable();
      if (size <= content.size()) {
        return;
      }
      boolean stops = disk.count();
      long fits = Math.min(size, content.size() + disk.room());
      content.resize(fits);
      SimDisk.stopIf(stops);
      if (fits < size) {
        throw new DiskFullException(path, null);
      }
    }
  }

  @Override
  public void truncate(long size) throws IOException {
    synchronized (disk) {
      checkWritable();
      if (size >= content.size()) {
        return;
      }
      boolean stops = disk.count();
      content.resize(size);
      SimDisk.stopIf(stops);
    }
  }

  @Override
  public MemorySegment map(long position, long size, Arena arena) throws IOException {
    synchronized (disk) {
      checkOpen();
      if (position + size > content.size()) {
        throw new EOFException("cannot map " + path + " beyond its end");
      }
      return content.map(position, size, arena);
    }
  }

  @Override
  public void close() {
    closed = true;
  }

  private void checkOpen() throws IOException {
    if (closed) {
      throw new ClosedChannelException();
    }
    disk.checkRunning();
  }

  private void checkWritable() throws IOException {
    checkOpen();
    if (!writable) {
      throw new NonWritableChannelException();
    }
  }
}
