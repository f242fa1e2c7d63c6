package io.flotilla.storage.file;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.flotilla.base.port.Disk;
import io.flotilla.base.port.DiskFile;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/// What every [Disk] promises, asked of the machine's and of the simulated one.
class DiskContractTest {
  @TempDir Path temp;

  private Disk disk(boolean simulated) throws IOException {
    if (!simulated) {
      return new NioDisk();
    }
    SimDisk disk = new SimDisk();
    disk.createDirectories(temp);
    return disk;
  }

  static ByteBuffer text(String text) {
    return ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII));
  }

  static String read(DiskFile file, long position, int count) throws IOException {
    ByteBuffer target = ByteBuffer.allocate(count);
    int got = file.read(position, target);
    return new String(target.array(), 0, got, StandardCharsets.US_ASCII);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void whatIsWrittenCanBeReadAndIsMapped(boolean simulated) throws IOException {
    Disk disk = disk(simulated);
    try (Arena arena = Arena.ofShared();
        DiskFile file = disk.open(temp.resolve("a"))) {
      file.allocate(8192);
      MemorySegment map = file.map(4096, 4096, arena);
      file.write(4094, text("hello"));
      file.force(true);
      assertThat(file.size()).isEqualTo(8192);
      assertThat(read(file, 4094, 5)).isEqualTo("hello");
      assertThat(read(file, 8190, 5)).as("the end of the file").isEqualTo("\0\0");
      assertThat(read(file, 9000, 5)).isEmpty();
      assertThat((char) map.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo('l');
      file.write(4096, text("L"));
      file.allocate(16384);
      file.write(4097, text("L"));
      assertThat((char) map.get(ValueLayout.JAVA_BYTE, 0)).isEqualTo('L');
      assertThat((char) map.get(ValueLayout.JAVA_BYTE, 1)).isEqualTo('L');
      assertThatThrownBy(() -> file.map(0, 16385, arena)).isInstanceOf(IOException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void truncatedBytesReadAsZerosAfterGrowth(boolean simulated) throws IOException {
    Disk disk = disk(simulated);
    try (DiskFile file = disk.open(temp.resolve("a"))) {
      file.write(0, text("abcdef"));
      file.truncate(3);
      file.allocate(2);
      assertThat(file.size()).isEqualTo(3);
      file.allocate(5);
      assertThat(read(file, 0, 9)).isEqualTo("abc\0\0");
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void namesChangeAsAsked(boolean simulated) throws IOException {
    Disk disk = disk(simulated);
    Path directory = temp.resolve("x/y");
    assertThat(disk.list(directory)).isEmpty();
    assertThatThrownBy(() -> disk.open(directory.resolve("b")))
        .isInstanceOf(NoSuchFileException.class);
    Directories.createDurably(disk, directory);
    disk.open(directory.resolve("b")).close();
    disk.open(directory.resolve("a")).close();
    try (DiskFile replaced = disk.openForRead(directory.resolve("b"))) {
      disk.rename(directory.resolve("a"), directory.resolve("b"));
      assertThat(replaced.size()).isZero();
    }
    disk.open(directory.resolve("c")).close();
    disk.forceDirectory(directory);
    assertThat(disk.list(directory)).isEqualTo(List.of("b", "c"));
    disk.delete(directory.resolve("c"));
    disk.delete(directory.resolve("never"));
    assertThat(disk.exists(directory.resolve("c"))).isFalse();
    assertThatThrownBy(() -> disk.openForRead(directory.resolve("c")))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(disk.usableBytes(directory.resolve("not/there"))).isPositive();
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aLockIsHeldOnceAndNamesTheFile(boolean simulated) throws Exception {
    Disk disk = disk(simulated);
    Path path = temp.resolve("lock");
    AutoCloseable lock = disk.lock(path);
    assertThatThrownBy(() -> disk.lock(path))
        .isInstanceOf(LockedException.class)
        .hasMessageContaining(path.toString())
        .hasMessageContaining("stop the node");
    lock.close();
    disk.lock(path).close();
  }
}
