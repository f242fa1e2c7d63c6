package io.flotilla.simulation.chaos;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/// Where no file system can be mounted, the disk says that it cannot be filled; both are right.
class DataDiskTest {
  @TempDir Path directory;

  @Test
  void aFullDiskTakesNothingUntilItIsReleased() throws IOException {
    try (var disk = DataDisk.at(directory.resolve("disk"))) {
      Path file = disk.path().resolve("file");
      if (disk.canBeFilled()) {
        disk.fill();
        assertThatThrownBy(() -> Files.write(file, new byte[4096])).isInstanceOf(IOException.class);
        disk.release();
      } else {
        assertThatThrownBy(disk::fill).isInstanceOf(IllegalStateException.class);
      }
      Files.write(file, new byte[4096]);
      assertThat(file).hasSize(4096);
    }
  }
}
