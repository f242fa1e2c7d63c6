package io.flotilla.loadtest.failover;

import io.flotilla.loadtest.client.Endpoint;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ProcessBuilder.Redirect;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// Runs a shell command for the event and another one for the restoration. They find the round in
/// variables: `BENCH_ROUND`, `BENCH_ENDPOINTS`, and for the leader and for one follower their place
/// in that list from 0 and their endpoint: `BENCH_LEADER_INDEX`, `BENCH_LEADER`,
/// `BENCH_FOLLOWER_INDEX`, `BENCH_FOLLOWER`; and in `BENCH_BORDERS` the first key of each part of
/// the keys but the first. What they print goes to standard error.
public final class CommandTrigger implements Trigger {
  private static final long SECONDS_MAX = 120;

  private final String eventCommand;
  private final Optional<String> restoreCommand;
  private final List<String> borders;

  public CommandTrigger(
      String eventCommand, Optional<String> restoreCommand, List<String> borders) {
    this.eventCommand = eventCommand;
    this.restoreCommand = restoreCommand;
    this.borders = List.copyOf(borders);
  }

  @Override
  public void event(Round round) {
    run(eventCommand, round);
  }

  @Override
  public void restore(Round round) {
    restoreCommand.ifPresent(command -> run(command, round));
  }

  private void run(String command, Round round) {
    var builder =
        new ProcessBuilder("/bin/sh", "-c", "exec 1>&2\n" + command)
            .redirectInput(Redirect.from(new File("/dev/null")))
            .redirectOutput(Redirect.INHERIT)
            .redirectError(Redirect.INHERIT);
    Map<String, String> variables = builder.environment();
    variables.put("BENCH_BORDERS", String.join(",", borders));
    variables.put("BENCH_ROUND", Integer.toString(round.number()));
    variables.put(
        "BENCH_ENDPOINTS",
        round.before().asked().stream().map(Endpoint::toString).collect(Collectors.joining(",")));
    name(variables, "BENCH_LEADER", round, round.before().leader());
    name(variables, "BENCH_FOLLOWER", round, round.before().followers().stream().findFirst());
    try {
      await(builder.start(), command);
    } catch (IOException e) {
      throw new UncheckedIOException("could not run \"" + command + "\"", e);
    }
  }

  private static void name(
      Map<String, String> variables, String name, Round round, Optional<Endpoint> endpoint) {
    variables.put(name, endpoint.map(Endpoint::toString).orElse(""));
    variables.put(name + "_INDEX", endpoint.map(e -> Integer.toString(round.index(e))).orElse(""));
  }

  private static void await(Process process, String command) {
    try {
      if (!process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)) {
        throw new IllegalStateException(
            "\"" + command + "\" did not end in " + SECONDS_MAX + " seconds");
      }
      if (process.exitValue() != 0) {
        throw new IllegalStateException(
            "\"" + command + "\" ended with status " + process.exitValue());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted", e);
    } finally {
      process.destroy();
    }
  }
}
