package io.flotilla.loadtest.cli;

import io.flotilla.loadtest.run.WatchRun.WatchPlan;
import io.flotilla.loadtest.run.WatchRun.Watched;
import io.flotilla.loadtest.workload.AcrossWorkload;
import io.flotilla.loadtest.workload.EvenWorkload;
import io.flotilla.loadtest.workload.MixedWorkload;
import io.flotilla.loadtest.workload.PutWorkload;
import io.flotilla.loadtest.workload.RangeWorkload;
import io.flotilla.loadtest.workload.TxnWorkload;
import java.util.List;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/// `flotilla bench`: loads any server that speaks etcd's API and says how it did.
@Command(
    name = "bench",
    description = "Loads a server that speaks etcd's API and measures it.",
    subcommands = CommandLine.HelpCommand.class,
    synopsisSubcommandLabel = "put|even|range|txn|across|mixed|watch|failover")
public final class Bench {
  private static final String LOG_PROPERTY = "logback.configurationFile";

  private Bench() {}

  public static void main(String[] args) {
    if (System.getProperty(LOG_PROPERTY) == null) {
      System.setProperty(LOG_PROPERTY, "bench-logback.xml");
    }
    var line = new CommandLine(new Bench());
    line.setUsageHelpAutoWidth(true);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    // The last one counts: scripts give options that people may give again.
    line.setOverwrittenOptionsAllowed(true);
    line.setExecutionExceptionHandler(
        (problem, command, _) -> {
          command.getErr().println("flotilla bench: " + problem.getMessage());
          return 1;
        });
    System.exit(line.execute(args));
  }

  @Command(description = "Puts of single keys.")
  int put(@Mixin LoadOptions options) {
    return BenchRunner.run("put", options, PutWorkload::new);
  }

  @Command(description = "Reads of one key or of several in a row.")
  int range(
      @Mixin LoadOptions options,
      @Option(names = "--span", defaultValue = "1", description = "Keys in one answer.") long span,
      @Option(names = "--serializable", description = "Read without asking a quorum.")
          boolean serializable) {
    return BenchRunner.run("range", options, keys -> new RangeWorkload(keys, span, serializable));
  }

  @Command(description = "Compare-and-put transactions as Kubernetes makes them.")
  int txn(@Mixin LoadOptions options) {
    return BenchRunner.run("txn", options, TxnWorkload::new);
  }

  @Command(description = "Transactions that put one key under each of several prefixes.")
  int across(
      @Mixin LoadOptions options,
      @Option(
              names = "--prefixes",
              split = ",",
              required = true,
              paramLabel = "PREFIX,...",
              description = "What the keys of a transaction begin with.")
          List<String> prefixes) {
    return BenchRunner.run("across", options, _ -> new AcrossWorkload(options.keySpaces(prefixes)));
  }

  @Command(description = "Puts of single keys, as many under each of several prefixes.")
  int even(
      @Mixin LoadOptions options,
      @Option(
              names = "--prefixes",
              split = ",",
              required = true,
              paramLabel = "PREFIX,...",
              description = "What the keys begin with.")
          List<String> prefixes) {
    return BenchRunner.run("even", options, _ -> new EvenWorkload(options.keySpaces(prefixes)));
  }

  @Command(description = "Reads and puts of single keys.")
  int mixed(
      @Mixin LoadOptions options,
      @Option(
              names = "--write-percent",
              defaultValue = "20",
              description = "Writes in a hundred requests [20].")
          int writePercent) {
    return BenchRunner.run(
        "mixed",
        options,
        keys ->
            new MixedWorkload(
                new RangeWorkload(keys, 1, false), new PutWorkload(keys), writePercent));
  }

  @Command(description = "Watchers, and a writer at a fixed rate.")
  int watch(
      @Mixin LoadOptions options,
      @Option(names = "--watchers", defaultValue = "1000", description = "How many [1000].")
          int watchers,
      @Option(names = "--streams", defaultValue = "10", description = "On so many streams [10].")
          int streams,
      @Option(names = "--own-keys", description = "Each watches one key instead of all.")
          boolean ownKeys,
      @Option(names = "--everything", description = "Each watches all keys of the server.")
          boolean everything) {
    if (options.rate == null) {
      options.rate = 1000L;
    }
    if (ownKeys && everything) {
      throw new IllegalArgumentException("give either --own-keys or --everything");
    }
    Watched watched = ownKeys ? Watched.ONE_KEY : everything ? Watched.EVERYTHING : Watched.PREFIX;
    return BenchRunner.watch(options, new WatchPlan(watchers, streams, watched));
  }

  @Command(
      description =
          "Writes at a constant rate while members fail: how long nothing is acknowledged, what"
              + " fails, and whether everything acknowledged is there.")
  int failover(@Mixin FailoverOptions options) {
    return BenchRunner.failover(options);
  }
}
