package io.flotilla.router.front.http;

import com.sun.management.UnixOperatingSystemMXBean;
import io.vertx.core.json.JsonArray;
import io.vertx.core.json.JsonObject;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;

/// Facts of the process in the form of Go's expvar page, as far as they exist here.
final class ProcessVars {
  private ProcessVars() {}

  static String json() {
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    var command = new JsonArray();
    ProcessHandle.current().info().command().ifPresent(command::add);
    return new JsonObject()
        .put("cmdline", command)
        .put("file_descriptor_limit", fileDescriptorLimit())
        .put(
            "memstats",
            new JsonObject()
                .put("Alloc", heap.getUsed())
                .put("HeapAlloc", heap.getUsed())
                .put("HeapSys", heap.getCommitted())
                .put("Sys", heap.getCommitted()))
        .encode();
  }

  private static long fileDescriptorLimit() {
    return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean unix
        ? unix.getMaxFileDescriptorCount()
        : 0;
  }
}
