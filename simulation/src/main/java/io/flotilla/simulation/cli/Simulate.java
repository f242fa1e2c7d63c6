package io.flotilla.simulation.cli;

import io.flotilla.simulation.run.Campaign;
import io.flotilla.simulation.run.Moves;
import io.flotilla.simulation.run.Report;
import io.flotilla.simulation.run.Simulation;
import io.flotilla.simulation.world.Bent;
import io.flotilla.simulation.world.Timeline;
import java.io.PrintWriter;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// Runs simulated clusters seed by seed and says what came of it.
@Command(
    name = "flotilla-sim",
    mixinStandardHelpOptions = true,
    description = {
      "Runs whole clusters of production code on simulated time, network and disks, under faults"
          + " that each seed draws anew, and checks that every promise holds.",
      "Exit status 1: a rule was broken; the seed to see it again is printed."
    })
public final class Simulate implements Callable<Integer> {
  private static final long PROGRESS_SECONDS = 10;

  @Spec private CommandSpec spec;

  @Option(
      names = "--seeds",
      paramLabel = "N",
      description = "run so many seeds; without it and --minutes 100")
  private long seeds;

  @Option(names = "--minutes", paramLabel = "M", description = "begin new seeds for so long")
  private double minutes;

  @Option(
      names = "--seed",
      paramLabel = "S",
      description = "the first seed (default: by the clock)")
  private long first = System.currentTimeMillis();

  @Option(
      names = "--storm-seconds",
      paramLabel = "T",
      defaultValue = "-1",
      description = "simulated time under faults (default: 30, with several groups 20)")
  private long stormSeconds;

  @Option(
      names = "--shards",
      paramLabel = "N",
      defaultValue = "-1",
      description = "groups beside the root group, 0 to 9 (default: by the seed)")
  private int shards;

  @Option(
      names = "--moves",
      paramLabel = "WHEN",
      defaultValue = "ANY",
      description = "whether keys move between groups: ${COMPLETION-CANDIDATES} (default: ANY)")
  private Moves moves = Moves.ANY;

  @Option(
      names = "--replicas",
      paramLabel = "N",
      defaultValue = "0",
      description = "on how many nodes a group is, of two more (default: 0, on all)")
  private int replicas;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "runs side by side (default: one for each processor)")
  private int threads = Runtime.getRuntime().availableProcessors();

  public static void main(String[] args) {
    System.exit(
        new CommandLine(new Simulate()).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
  }

  @Override
  public Integer call() throws InterruptedException {
    PrintWriter out = spec.commandLine().getOut();
    var campaign = new Campaign(this::run);
    Instant end = Instant.now().plus(Duration.ofMillis((long) (minutes * 60_000)));
    boolean timed = minutes > 0;
    long count = seeds > 0 ? seeds : timed ? Long.MAX_VALUE - first : 100;
    try (var teller = Executors.newSingleThreadScheduledExecutor()) {
      teller.scheduleAtFixedRate(
          () -> tell(out, campaign.progress()),
          PROGRESS_SECONDS,
          PROGRESS_SECONDS,
          TimeUnit.SECONDS);
      campaign.carryOut(first, count, threads, () -> !timed || Instant.now().isBefore(end));
      teller.shutdownNow();
    }
    tell(out, campaign.summary());
    for (Report failure : campaign.failures()) {
      tell(out, failure.failure());
      tell(
          out,
          "    and --storm-seconds "
              + stormSeconds
              + " --shards "
              + shards
              + " --moves "
              + moves
              + " --replicas "
              + replicas);
    }
    return campaign.hasFailed() ? 1 : 0;
  }

  private Report run(long seed) {
    long storm = stormSeconds < 0 ? Simulation.Choice.ANY : stormSeconds * Timeline.SECOND;
    var choice = new Simulation.Choice(seed, shards, storm, moves, replicas);
    return Simulation.run(choice, Bent.STRAIGHT);
  }

  private static void tell(PrintWriter out, String text) {
    out.println(text);
    out.flush();
  }
}
