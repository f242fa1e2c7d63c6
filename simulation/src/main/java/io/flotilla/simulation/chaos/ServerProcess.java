package io.flotilla.simulation.chaos;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/// One operating system process at a time, started with the same command again and again. Its
/// output is appended to one log. Used by one thread at a time; [#isRunning], [#pid] and [#starts]
/// by any.
final class ServerProcess {
  private static final int END_SECONDS = 30;
  private static final int LOG_LINES = 8;

  private final Path directory;
  private final Path log;
  private volatile @Nullable Process process;
  private volatile int starts;
  private volatile boolean mayEnd;

  ServerProcess(Path directory, Path log) {
    this.directory = directory;
    this.log = log;
  }

  /// The last lines of the log, each on a line of its own.
  String endOfLog() {
    try {
      List<String> lines = Files.readAllLines(log);
      return lines.stream()
          .skip(Math.max(0, lines.size() - LOG_LINES))
          .map(line -> System.lineSeparator() + "    " + line)
          .collect(Collectors.joining());
    } catch (IOException failure) {
      return " (" + failure + ")";
    }
  }

  /// How often it was started; counts before the process exists.
  int starts() {
    return starts;
  }

  boolean isRunning() {
    Process current = process;
    return current != null && current.isAlive();
  }

  /// From now until the next start it is right to end by itself.
  void allowEnd() {
    mayEnd = true;
  }

  /// From now on it is not, any more.
  void mustRun() {
    mayEnd = false;
  }

  /// Whether it ended by itself, though it should not.
  boolean hasFailed() {
    Process current = process;
    boolean failed = current != null && !current.isAlive() && !mayEnd;
    return failed && current == process; // or it is about the one that was started meanwhile
  }

  /// The process that runs or ran last; 0 if there was none.
  long pid() {
    Process current = process;
    return current == null ? 0 : current.pid();
  }

  void start(List<String> command) {
    if (isRunning()) {
      throw new IllegalStateException("runs already: " + command);
    }
    starts++;
    try {
      Files.createDirectories(directory);
      var builder = new ProcessBuilder(command).directory(directory.toFile());
      builder.redirectErrorStream(true);
      builder.redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      builder.environment().keySet().removeIf(name -> name.matches("ETCD_.*"));
      process = builder.start();
      mayEnd = false;
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot start " + command, failure);
    }
  }

  /// kill -9; returns when it is gone.
  void kill() {
    mayEnd = true;
    Process current = process;
    if (current != null) {
      current.destroyForcibly();
      await(current);
    }
  }

  /// SIGTERM; kills it if it does not end in time.
  ///
  /// @return whether it ended on its own
  boolean stop() {
    mayEnd = true;
    Process current = process;
    if (current == null || !current.isAlive()) {
      return true;
    }
    current.destroy();
    if (await(current)) {
      return true;
    }
    kill();
    return false;
  }

  /// SIGSTOP.
  void pause() {
    signal("STOP");
  }

  /// SIGCONT.
  void resume() {
    signal("CONT");
  }

  private void signal(String name) {
    Process current = process;
    if (current == null || !current.isAlive()) {
      return;
    }
    try {
      await(new ProcessBuilder("kill", "-" + name, Long.toString(current.pid())).start());
    } catch (IOException failure) {
      throw new UncheckedIOException("cannot send " + name, failure);
    }
  }

  private static boolean await(Process ending) {
    try {
      return ending.waitFor(END_SECONDS, TimeUnit.SECONDS);
    } catch (InterruptedException interrupted) {
      ending.destroyForcibly();
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
