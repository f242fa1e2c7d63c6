package io.flotilla.storage.file;

import io.flotilla.base.port.DiskFile;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Path;

/// One file behind a channel.
final class NioFile implements DiskFile {
  private static final int ZERO_BYTES = 1 << 20;

  private final Path path;
  private final FileChannel channel;

  NioFile(Path path, FileChannel channel) {
    this.path = path;
    this.channel = channel;
  }

  @Override
  public Path path() {
    return path;
  }

  @Override
  public long size() throws IOException {
    return channel.size();
  }

  @Override
  public int read(long position, ByteBuffer target) throws IOException {
    int total = 0;
    while (target.hasRemaining()) {
      int count = channel.read(target, position + total);
      if (count < 0) {
        break;
      }
      total += count;
    }
    return total;
  }

  @Override
  public void write(long position, ByteBuffer source) throws IOException {
    try {
      long at = position;
      while (source.hasRemaining()) {
        at += channel.write(source, at);
      }
    } catch (IOException failure) {
      throw DiskFullException.of(path, failure);
    }
  }

  @Override
  public void force(boolean metadata) throws IOException {
    try {
      channel.force(metadata);
    } catch (IOException failure) {
      throw DiskFullException.of(path, failure);
    }
  }

  /// Writes real zeros: a sparse or merely reserved block would still have to be marked as written
  /// by the first force after data arrived in it. Durable after `force(true)`.
  @Override
  public void allocate(long size) throws IOException {
    long at = channel.size();
    if (at >= size) {
      return;
    }
    ByteBuffer zeros = ByteBuffer.allocateDirect((int) Math.min(ZERO_BYTES, size - at));
    while (at < size) {
      zeros.clear().limit((int) Math.min(zeros.capacity(), size - at));
      int count = zeros.remaining();
      write(at, zeros);
      at += count;
    }
  }

  @Override
  public void truncate(long size) throws IOException {
    channel.truncate(size);
  }

  @Override
  public MemorySegment map(long position, long size, Arena arena) throws IOException {
    long end = Math.addExact(position, size);
    if (end > channel.size()) {
      throw new EOFException(
          "cannot map " + path + " up to " + end + ": it has " + channel.size() + " bytes");
    }
    return channel.map(MapMode.READ_ONLY, position, size, arena);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
