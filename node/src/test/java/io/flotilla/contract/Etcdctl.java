package io.flotilla.contract;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/// Runs etcd's command line client as a process.
public final class Etcdctl {
  private static final int PATIENCE_SECONDS = 20;

  /// What one command printed and how it ended.
  public record Result(int exit, String out, String err) {}

  private final Path program;
  private final String endpoint;

  public Etcdctl(Path program, String endpoint) {
    this.program = program;
    this.endpoint = endpoint;
  }

  /// The programs to test with: `contract.etcdctl` (several at commas), else the one on `PATH` and
  /// the one beside `contract.etcd`.
  public static List<Path> programs() {
    var named = Servers.property("contract.etcdctl");
    if (named.isPresent()) {
      return Arrays.stream(named.get().split(",")).map(Path::of).toList();
    }
    var programs = new LinkedHashSet<Path>();
    Servers.onPath("etcdctl").ifPresent(programs::add);
    Servers.property("contract.etcd")
        .map(etcd -> Path.of(etcd).resolveSibling("etcdctl"))
        .filter(Files::isExecutable)
        .ifPresent(programs::add);
    return List.copyOf(programs);
  }

  private Process start(String... arguments) {
    var line = new ArrayList<>(List.of(program.toString(), "--endpoints", endpoint));
    line.addAll(List.of(arguments));
    var builder = new ProcessBuilder(line);
    builder.environment().keySet().removeIf(name -> name.startsWith("ETCDCTL_"));
    builder.environment().put("ETCDCTL_API", "3");
    try {
      return builder.start();
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
  }

  /// Runs a command that ends by itself.
  public Result run(String... arguments) {
    return feed("", arguments);
  }

  /// Runs a command with this standard input.
  Result feed(String input, String... arguments) {
    var process = start(arguments);
    try (var stdin = process.outputWriter()) {
      stdin.write(input);
    } catch (IOException failure) {
      throw new UncheckedIOException(failure);
    }
    var err = new FutureTask<>(() -> new String(process.getErrorStream().readAllBytes()));
    Thread.ofVirtual().start(err);
    var out = new FutureTask<>(() -> new String(process.getInputStream().readAllBytes()));
    Thread.ofVirtual().start(out);
    try {
      if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("still running: " + List.of(arguments));
      }
      return new Result(
          process.exitValue(), out.get(5, TimeUnit.SECONDS), err.get(5, TimeUnit.SECONDS));
    } catch (InterruptedException | ExecutionException | TimeoutException failure) {
      throw new IllegalStateException(failure);
    }
  }

  /// Runs a command that has to succeed and hands out its standard output.
  public String text(String... arguments) {
    var result = run(arguments);
    if (result.exit() != 0) {
      throw new AssertionError(List.of(arguments) + " ended with " + result);
    }
    return result.out();
  }

  /// As [#text], with `-w json`, parsed.
  JsonObject json(String... arguments) {
    var line = Arrays.copyOf(arguments, arguments.length + 2);
    line[arguments.length] = "-w";
    line[arguments.length + 1] = "json";
    var parsed = JsonParser.parseString(text(line).trim());
    return parsed.isJsonArray()
        ? parsed.getAsJsonArray().get(0).getAsJsonObject()
        : parsed.getAsJsonObject();
  }

  /// Starts a command that goes on until it is closed.
  Running open(String... arguments) {
    return new Running(start(arguments));
  }

  /// A running command whose output is read line by line.
  static final class Running implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;

    Running(Process process) {
      this.process = process;
      this.out = process.inputReader();
    }

    /// Types a line.
    void type(String line) {
      try {
        process.outputWriter().write(line + "\n");
        process.outputWriter().flush();
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }

    /// The next line, which has to come.
    String line() {
      var task = new FutureTask<>(out::readLine);
      Thread.ofVirtual().start(task);
      try {
        var line = task.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (line == null) {
          throw new AssertionError("the command ended with " + process.waitFor());
        }
        return line;
      } catch (InterruptedException | ExecutionException failure) {
        throw new IllegalStateException(failure);
      } catch (TimeoutException silent) {
        throw new AssertionError("no line within " + PATIENCE_SECONDS + " s", silent);
      }
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }
}
