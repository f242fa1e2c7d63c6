package io.flotilla.loadtest.cli;

import io.flotilla.loadtest.client.Deadlines;
import io.flotilla.loadtest.client.Endpoint;
import io.flotilla.loadtest.failover.CommandTrigger;
import io.flotilla.loadtest.failover.FailoverPlan;
import io.flotilla.loadtest.failover.FailoverPlan.Schedule;
import io.flotilla.loadtest.failover.FailoverPlan.Writing;
import io.flotilla.loadtest.failover.HandTrigger;
import io.flotilla.loadtest.failover.Trigger;
import io.flotilla.loadtest.failover.WriteKeys;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// The options of `failover`.
final class FailoverOptions {
  private static final long CONNECT_MILLIS_MAX = 1000;

  @Mixin private TlsOptions tls = new TlsOptions();

  @Option(
      names = "--endpoints",
      required = true,
      paramLabel = "HOST:PORT,...",
      description = "All members. Clients begin with one each and go on with another.")
  String endpoints = "";

  @Option(
      names = "--event-command",
      paramLabel = "COMMAND",
      description =
          "Shell command that makes the event of a round. BENCH_ROUND, BENCH_LEADER_INDEX,"
              + " BENCH_LEADER, BENCH_FOLLOWER_INDEX, BENCH_FOLLOWER say what is where,"
              + " BENCH_BORDERS where the parts of the keys begin.")
  @Nullable String eventCommand;

  @Option(
      names = "--restore-command",
      paramLabel = "COMMAND",
      description = "Shell command that undoes it; the same variables as for the event.")
  @Nullable String restoreCommand;

  @Option(names = "--by-hand", description = "Wait for the Enter key instead of commands.")
  boolean byHand;

  @Option(
      names = "--members",
      paramLabel = "N",
      description =
          "How many of the endpoints have to be in step with the leader after an event; fewer than"
              + " all when it adds or removes members [all].")
  @Nullable Integer members;

  @Option(
      names = "--parts",
      defaultValue = "1",
      paramLabel = "N",
      description = "Tell gaps for so many parts of the clients, and of their keys [1].")
  int parts;

  @Option(names = "--rounds", defaultValue = "5", description = "Events [${DEFAULT-VALUE}].")
  int rounds;

  @Option(names = "--clients", defaultValue = "8", description = "Clients [${DEFAULT-VALUE}].")
  int clients;

  @Option(
      names = "--rate",
      defaultValue = "500",
      paramLabel = "N",
      description = "Writes a second, over all clients [${DEFAULT-VALUE}].")
  long rate;

  @Option(
      names = "--in-flight",
      paramLabel = "N",
      description =
          "Most writes of one client under way [as many as are due until the first of them has"
              + " passed its deadline].")
  @Nullable Integer inFlight;

  @Option(
      names = "--timeout",
      defaultValue = "5",
      paramLabel = "SECONDS",
      description = "Deadline of one write [${DEFAULT-VALUE}].")
  int timeoutSeconds;

  @Option(
      names = "--late",
      defaultValue = "100",
      paramLabel = "MILLISECONDS",
      description = "A write is late after this time [${DEFAULT-VALUE}].")
  long lateMillis;

  @Option(
      names = "--warmup",
      defaultValue = "5",
      paramLabel = "SECONDS",
      description = "Load before the first round [${DEFAULT-VALUE}].")
  int warmupSeconds;

  @Option(
      names = "--quiet-time",
      defaultValue = "2",
      paramLabel = "SECONDS",
      description = "Load before each event [${DEFAULT-VALUE}].")
  int quietSeconds;

  @Option(
      names = "--hold",
      defaultValue = "5",
      paramLabel = "SECONDS",
      description = "From an event to its restoration [${DEFAULT-VALUE}].")
  int holdSeconds;

  @Option(
      names = "--recover",
      defaultValue = "60",
      paramLabel = "SECONDS",
      description = "Until every member must have caught up after it [${DEFAULT-VALUE}].")
  int recoverSeconds;

  @Option(
      names = "--settle",
      defaultValue = "2",
      paramLabel = "SECONDS",
      description = "Load after that [${DEFAULT-VALUE}].")
  int settleSeconds;

  @Option(
      names = "--value-size",
      defaultValue = "256",
      paramLabel = "BYTES",
      description = "Length of a value [${DEFAULT-VALUE}].")
  int valueBytes;

  @Option(
      names = "--prefix",
      defaultValue = "failover/",
      description = "What every key begins with; the run's number follows [${DEFAULT-VALUE}].")
  String prefix = "";

  @Option(names = "--json", paramLabel = "FILE", description = "Write the result here as JSON.")
  @Nullable Path json;

  @Option(names = "--quiet", description = "No progress lines.")
  boolean quiet;

  FailoverPlan plan() {
    long callMillis = timeoutSeconds * 1000L;
    var deadlines = new Deadlines(Math.min(callMillis, CONNECT_MILLIS_MAX), callMillis);
    String run = Long.toHexString(ThreadLocalRandom.current().nextLong());
    List<Endpoint> all = tls.endpoints(endpoints);
    return new FailoverPlan(
        all,
        new Writing(clients, rate, inFlightMax(), deadlines, lateMillis),
        members == null ? all.size() : members,
        rounds,
        parts,
        new Schedule(
            Duration.ofSeconds(warmupSeconds),
            Duration.ofSeconds(quietSeconds),
            Duration.ofSeconds(holdSeconds),
            Duration.ofSeconds(recoverSeconds),
            Duration.ofSeconds(settleSeconds)),
        new WriteKeys(prefix + run + "/", valueBytes));
  }

  /// With fewer than that, writes that a lost leader never answers would hold up those that a new
  /// one could.
  private int inFlightMax() {
    long due = rate * (timeoutSeconds + 1) / Math.max(1, clients) + 1;
    return inFlight == null ? Math.toIntExact(due) : inFlight;
  }

  /// @throws IllegalArgumentException when the line names no trigger or two
  Trigger trigger(FailoverPlan plan) {
    if (byHand == (eventCommand != null)) {
      throw new IllegalArgumentException("give either --event-command or --by-hand");
    }
    if (eventCommand != null) {
      return new CommandTrigger(
          eventCommand, Optional.ofNullable(restoreCommand), plan.keyParts().borders());
    }
    var in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    return new HandTrigger(in, System.err);
  }
}
