package io.flotilla.loadtest.run;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.function.LongFunction;

/// Processor time and memory of the processes of a server on this machine, as the kernel accounts
/// them.
final class ServerCpu {
  private static final long NANOS_PER_TICK = 10_000_000;
  private static final int USER_TICKS = 11;
  private static final int SYSTEM_TICKS = 12;

  private ServerCpu() {}

  /// User and system time of all of them so far; empty without processes and when that of one
  /// cannot be read.
  static OptionalLong nanos(List<Long> pids) {
    return sum(pids, ServerCpu::nanos);
  }

  /// Resident bytes of all of them; empty without processes and when those of one cannot be read.
  static OptionalLong residentBytes(List<Long> pids) {
    return sum(pids, ServerCpu::residentBytes);
  }

  private static OptionalLong sum(List<Long> pids, LongFunction<OptionalLong> figure) {
    List<OptionalLong> parts = pids.stream().map(figure::apply).toList();
    return parts.isEmpty() || parts.stream().anyMatch(OptionalLong::isEmpty)
        ? OptionalLong.empty()
        : OptionalLong.of(parts.stream().mapToLong(OptionalLong::getAsLong).sum());
  }

  private static OptionalLong nanos(long pid) {
    try {
      String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
      String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
      long ticks = Long.parseLong(fields[USER_TICKS]) + Long.parseLong(fields[SYSTEM_TICKS]);
      return OptionalLong.of(ticks * NANOS_PER_TICK);
    } catch (IOException | NumberFormatException | IndexOutOfBoundsException _) {
      return OptionalLong.empty();
    }
  }

  private static OptionalLong residentBytes(long pid) {
    try {
      return Files.readAllLines(Path.of("/proc/" + pid + "/status")).stream()
          .filter(line -> line.startsWith("VmRSS:"))
          .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024)
          .findFirst();
    } catch (IOException | NumberFormatException _) {
      return OptionalLong.empty();
    }
  }
}
