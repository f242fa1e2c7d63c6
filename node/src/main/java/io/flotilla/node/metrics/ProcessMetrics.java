package io.flotilla.node.metrics;

import com.sun.management.UnixOperatingSystemMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.binder.jvm.JvmGcMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmMemoryMetrics;
import io.micrometer.core.instrument.binder.jvm.JvmThreadMetrics;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.function.ToDoubleFunction;

/// The process as Prometheus' own collectors show one, and the virtual machine in it.
final class ProcessMetrics {
  private static final Path STATUS = Path.of("/proc/self/status");
  private static final String RESIDENT = "VmRSS:";
  private static final double MILLIS_PER_SECOND = 1e3;
  private static final double NANOS_PER_SECOND = 1e9;

  private ProcessMetrics() {}

  /// What the operating system does not tell is left out.
  static void register(MeterRegistry meters, JvmGcMetrics pauses) {
    double startMillis = ManagementFactory.getRuntimeMXBean().getStartTime();
    Gauge.builder("process_start_time_seconds", () -> startMillis / MILLIS_PER_SECOND)
        .description("When the process started, in seconds since 1970")
        .register(meters);
    if (Files.isReadable(STATUS)) {
      Gauge.builder("process_resident_memory_bytes", ProcessMetrics::residentBytes)
          .description("Memory of the process that is in RAM")
          .register(meters);
    }
    if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix) {
      register(meters, unix);
    }
    new JvmMemoryMetrics().bindTo(meters);
    new JvmThreadMetrics().bindTo(meters);
    pauses.bindTo(meters);
  }

  private static void register(MeterRegistry meters, UnixOperatingSystemMXBean unix) {
    FunctionCounter.builder(
            "process_cpu_seconds", unix, os -> os.getProcessCpuTime() / NANOS_PER_SECOND)
        .description("Processor time spent, user and system")
        .register(meters);
    gauge(
        meters,
        unix,
        "process_virtual_memory_bytes",
        "Address space of the process",
        UnixOperatingSystemMXBean::getCommittedVirtualMemorySize);
    for (String name : new String[] {"process_open_fds", "os_fd_used"}) {
      gauge(
          meters,
          unix,
          name,
          "File descriptors that are open",
          UnixOperatingSystemMXBean::getOpenFileDescriptorCount);
    }
    for (String name : new String[] {"process_max_fds", "os_fd_limit"}) {
      gauge(
          meters,
          unix,
          name,
          "File descriptors that may be open",
          UnixOperatingSystemMXBean::getMaxFileDescriptorCount);
    }
  }

  private static void gauge(
      MeterRegistry meters,
      UnixOperatingSystemMXBean unix,
      String name,
      String what,
      ToDoubleFunction<UnixOperatingSystemMXBean> value) {
    Gauge.builder(name, unix, value).description(what).strongReference(true).register(meters);
  }

  /// Not a number when it cannot be read.
  private static double residentBytes() {
    try {
      for (String line : Files.readAllLines(STATUS)) {
        if (line.startsWith(RESIDENT)) {
          return 1024.0 * Long.parseLong(line.replaceAll("\\D", ""));
        }
      }
    } catch (IOException unreadable) {
      return Double.NaN;
    }
    return Double.NaN;
  }
}
