package io.flotilla.simulation.cli;

import io.flotilla.simulation.chaos.ChaosOptions;
import io.flotilla.simulation.chaos.ChaosReport;
import io.flotilla.simulation.chaos.ChaosRun;
import io.flotilla.simulation.chaos.Fault;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// `flotilla-chaos`: real nodes under faults, and the judgement of what their clients saw.
@Command(
    name = "flotilla-chaos",
    mixinStandardHelpOptions = true,
    description =
        "Runs a cluster on this machine under load and faults, and checks what clients saw.")
public final class Chaos implements Callable<Integer> {
  private static final int FOUND = 1;

  @Spec CommandSpec spec;

  @Option(
      names = "--minutes",
      defaultValue = "1",
      description = "How long faults happen [${DEFAULT-VALUE}].")
  double minutes;

  @Option(
      names = "--settle",
      defaultValue = "60",
      paramLabel = "SECONDS",
      description = "Time to recover when the faults are over [${DEFAULT-VALUE}].")
  long settleSeconds;

  @Option(names = "--seed", description = "Chooses the faults; drawn if not given.")
  @Nullable Long seed;

  @Option(names = "--nodes", defaultValue = "3", description = "3 to 7 nodes [${DEFAULT-VALUE}].")
  int nodes;

  @Option(
      names = "--initial-shards",
      defaultValue = "",
      paramLabel = "KEY,...",
      description =
          "Where the shards of the cluster begin: "
              + "p/left/3,r/,r/d,s/1,s/5 parts the keys of all clients.")
  String initialShards = "";

  @Option(
      names = "--reshard",
      defaultValue = "0",
      paramLabel = "MILLIS",
      description =
          "Mean time between two splits, merges, detaches or transfers; 0 for none"
              + " [${DEFAULT-VALUE}].")
  long reshardMillis;

  @Option(
      names = "--clients",
      defaultValue = "8",
      description = "Clients that write and read [${DEFAULT-VALUE}].")
  int clients;

  @Option(
      names = "--think",
      defaultValue = "15",
      paramLabel = "MILLIS",
      description = "Mean pause of a client between two requests [${DEFAULT-VALUE}].")
  long thinkMillis;

  @Option(
      names = "--server-command",
      defaultValue = "${sys:flotilla.chaos.server:-}",
      paramLabel = "COMMAND",
      description = "A program with etcd's flags; a node of this build if not given.")
  String serverCommand = "";

  @Option(
      names = "--faults",
      split = ",",
      paramLabel = "KIND",
      description = "Only these of: ${COMPLETION-CANDIDATES}.")
  Set<Fault> faults = EnumSet.complementOf(EnumSet.of(Fault.NONE));

  @Option(
      names = "--directory",
      paramLabel = "DIR",
      description =
          "Where data and logs go; a new directory in that for temporary files if not given.")
  @Nullable Path directory;

  @Option(names = "--keep", description = "Keep data, logs and history of a correct run, too.")
  boolean keep;

  /// Ends with 0 if the run is correct, 1 if it is not, 2 if the arguments are wrong.
  public static void main(String[] args) {
    System.exit(
        new CommandLine(new Chaos()).setCaseInsensitiveEnumValuesAllowed(true).execute(args));
  }

  @Override
  public Integer call() {
    long chosen = seed == null ? new Random().nextInt(1_000_000) : seed;
    Path place = directory == null ? temporary(chosen) : directory.toAbsolutePath();
    var options =
        new ChaosOptions(
            Duration.ofMillis(Math.round(minutes * 60_000)),
            Duration.ofSeconds(settleSeconds),
            chosen,
            nodes,
            initialShards,
            reshardMillis,
            clients,
            thinkMillis,
            serverCommand.isBlank() ? List.of() : List.of(serverCommand.strip().split("\\s+")),
            place,
            faults,
            keep);
    ChaosReport report = new ChaosRun(options, System.out::println).run();
    System.out.print(report);
    if (!report.isCorrect()) {
      System.out.println("  again: ./flotilla-chaos " + arguments(chosen));
    }
    return report.isCorrect() ? 0 : FOUND;
  }

  private String arguments(long chosen) {
    String given = String.join(" ", spec.commandLine().getParseResult().originalArgs());
    return seed == null ? given + " --seed " + chosen : given;
  }

  private static Path temporary(long seed) {
    String name = "flotilla-chaos-" + seed + "-" + ProcessHandle.current().pid();
    return Path.of(System.getProperty("java.io.tmpdir"), name);
  }
}
