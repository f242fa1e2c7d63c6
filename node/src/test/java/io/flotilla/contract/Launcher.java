package io.flotilla.contract;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// Starts and kills one server process again and again on the same data directory and ports.
///
/// Ports are picked free on 127.0.0.1 once. Output goes to `server.log` beside the data. Not
/// thread-safe; [#kill] may come from another thread than [#start].
public final class Launcher implements AutoCloseable {
  private static final Duration READY = Duration.ofSeconds(60);
  private static final long POLL_NANOS = Duration.ofMillis(10).toNanos();

  private final List<String> command;
  private final List<String> flags;
  private final Path directory;
  private final String name;
  private final String endpoint;
  private final String peerUrl;
  private String initialCluster;
  private volatile @Nullable Process process;

  /// @param command program and leading arguments
  /// @param flags further flags as `name=value`
  /// @param directory an existing directory for data and log
  public Launcher(List<String> command, List<String> flags, Path directory) {
    this(command, flags, directory, "contract");
  }

  private Launcher(List<String> command, List<String> flags, Path directory, String name) {
    this.name = name;
    this.command = List.copyOf(command);
    this.flags = List.copyOf(flags);
    this.directory = directory;
    var ports = freePorts();
    this.endpoint = "127.0.0.1:" + ports[0];
    this.peerUrl = "http://127.0.0.1:" + ports[1];
    this.initialCluster = name + "=" + peerUrl;
  }

  /// The members of one cluster, one in each directory; started together.
  public static List<Launcher> cluster(
      List<String> command, List<String> flags, List<Path> directories) {
    List<Launcher> members = new ArrayList<>();
    for (Path directory : directories) {
      members.add(new Launcher(command, flags, directory, "member" + members.size()));
    }
    String all =
        members.stream().map(member -> member.initialCluster).collect(Collectors.joining(","));
    members.forEach(member -> member.initialCluster = all);
    return members;
  }

  /// Host and port for clients.
  public String endpoint() {
    return endpoint;
  }

  public String peerUrl() {
    return peerUrl;
  }

  public Path dataDirectory() {
    return directory.resolve("data");
  }

  /// Starts the process and returns once it answers `/health` with 200.
  public void start() {
    spawn();
    awaitReady();
  }

  /// Starts the process and does not wait for it.
  public void spawn() {
    var line = new ArrayList<>(command);
    var url = "http://" + endpoint;
    line.addAll(List.of("--name", name, "--data-dir", dataDirectory().toString()));
    line.addAll(List.of("--listen-client-urls", url, "--advertise-client-urls", url));
    line.addAll(List.of("--listen-peer-urls", peerUrl, "--initial-advertise-peer-urls", peerUrl));
    line.addAll(List.of("--initial-cluster", initialCluster));
    flags.forEach(flag -> line.add("--" + flag));
    var builder = new ProcessBuilder(line).directory(directory.toFile()).redirectErrorStream(true);
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log().toFile()));
    builder.environment().keySet().removeIf(name -> name.startsWith("ETCD_"));
    try {
      process = builder.start();
    } catch (IOException failure) {
      throw new IllegalStateException("cannot start " + line, failure);
    }
  }

  /// Returns once it answers `/health` with 200.
  public void awaitReady() {
    long deadline = System.nanoTime() + READY.toNanos();
    while (!Http.isHealthy(endpoint)) {
      if (!running().isAlive()) {
        throw new IllegalStateException(command + " ended: " + running().exitValue() + tail());
      }
      if (System.nanoTime() > deadline) {
        kill();
        throw new IllegalStateException(command + " is not healthy after " + READY + tail());
      }
      LockSupport.parkNanos(POLL_NANOS);
    }
  }

  /// Ends the process, and what it started, at once and without notice.
  public void kill() {
    var victim = running();
    victim.descendants().forEach(ProcessHandle::destroyForcibly);
    victim.destroyForcibly();
    try {
      if (!victim.waitFor(20, TimeUnit.SECONDS)) {
        throw new IllegalStateException("process " + victim.pid() + " survives a kill");
      }
    } catch (InterruptedException interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private Process running() {
    var current = process;
    if (current == null) {
      throw new IllegalStateException("the server was never started");
    }
    return current;
  }

  private Path log() {
    return directory.resolve("server.log");
  }

  private String tail() {
    try {
      var text = Files.readString(log());
      return "; its output ends:\n" + text.substring(Math.max(0, text.length() - 3000));
    } catch (IOException failure) {
      return "; its output cannot be read: " + failure;
    }
  }

  @Override
  public void close() {
    if (process != null) {
      kill();
    }
  }

  private static int[] freePorts() {
    var loopback = InetAddress.getLoopbackAddress();
    try (var first = new ServerSocket(0, 1, loopback);
        var second = new ServerSocket(0, 1, loopback)) {
      return new int[] {first.getLocalPort(), second.getLocalPort()};
    } catch (IOException failure) {
      throw new IllegalStateException("no free port", failure);
    }
  }
}
