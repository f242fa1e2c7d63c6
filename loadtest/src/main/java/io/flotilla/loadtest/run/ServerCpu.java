package io.flotilla.loadtest.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalLong;

/// Processor time and memory of a server on this machine, as the kernel accounts them.
final class ServerCpu {
  private static final long NANOS_PER_TICK = 10_000_000;
  private static final int USER_TICKS = 11;
  private static final int SYSTEM_TICKS = 12;

  private ServerCpu() {}

  /// User and system time of the process so far; empty when it cannot be read.
  static OptionalLong nanos(OptionalLong pid) {
    if (pid.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      String stat = Files.readString(Path.of("/proc/" + pid.getAsLong() + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      long ticks = Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]);
      return OptionalLong.of(ticks * NANOS_PER_TICK);
    } catch (IOException | NumberFormatException | IndexOutOfBoundsException _) {
      return OptionalLong.empty();
    }
  }

  /// Resident bytes of the process; empty when they cannot be read.
  static OptionalLong residentBytes(OptionalLong pid) {
    if (pid.isEmpty()) {
      return OptionalLong.empty();
    }
    try {
      return Files.readAllLines(Path.of("/proc/" + pid.getAsLong() + "/status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst();
    } catch (IOException | NumberFormatException _) {
      return OptionalLong.empty();
    }
  }
}
