package io.flotilla.node.cli;

import io.flotilla.base.Key;
import io.flotilla.base.KeyRange;
import io.flotilla.base.NodeId;
import io.flotilla.node.config.SplitKeys;
import io.flotilla.proto.command.KeyInterval;
import io.flotilla.raft.handover.Intervals;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/// What the commands under `shard` and `node` that ask a running cluster for something have in
/// common.
abstract class ShardTool implements Callable<Integer> {
  static final int DONE = 0;
  static final int REFUSED = 1;
  static final int NOT_KNOWN = 2;

  @Spec private CommandSpec spec;

  @Mixin private ClientTls tls = new ClientTls();

  @Option(
      names = "--endpoints",
      paramLabel = "HOST:PORT,...",
      split = ",",
      defaultValue = "127.0.0.1:2379",
      description = "Client addresses of nodes; the first that answers is taken [127.0.0.1:2379].")
  private List<String> endpoints = List.of();

  @Option(
      names = "--user",
      paramLabel = "NAME:PASSWORD",
      defaultValue = "${env:FLOTILLA_USER:-}",
      description = {
        "Who asks, where users matter: one with the root role.",
        "The variable FLOTILLA_USER keeps it from other people's lists of processes."
      })
  private String user = "";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "This text.")
  private boolean help;

  /// Asks, prints, and returns the exit status.
  abstract int run(AdminClient client) throws AdminClient.FailedException;

  @Override
  public Integer call() {
    try (AdminClient client = AdminClient.of(endpoints, tls, user)) {
      return run(client);
    } catch (AdminClient.FailedException failure) {
      complain(String.valueOf(failure.getMessage()));
      return NOT_KNOWN;
    } catch (IllegalArgumentException noAddress) {
      throw badLine(String.valueOf(noAddress.getMessage()));
    }
  }

  final CommandLine.ParameterException badLine(String reason) {
    return new CommandLine.ParameterException(spec.commandLine(), reason);
  }

  final void print(String line) {
    StorageTool.println(spec.commandLine().getOut(), line);
  }

  final void complain(String line) {
    PrintWriter err = spec.commandLine().getErr();
    StorageTool.println(err, "flotilla: " + line);
  }

  /// @throws CommandLine.ParameterException when it is none
  final Key key(String text) {
    try {
      return SplitKeys.parseOne(text);
    } catch (IllegalArgumentException noKey) {
      throw badLine("--at: " + noKey.getMessage());
    }
  }

  /// @throws CommandLine.ParameterException when it is none
  final NodeId node(String option, String text) {
    try {
      return new NodeId(Long.parseUnsignedLong(text, 16));
    } catch (NumberFormatException noId) {
      throw badLine(option + ": \"" + text + "\" is no id in hexadecimal digits");
    }
  }

  static String text(KeyInterval interval) {
    KeyRange range = Intervals.of(interval);
    return "the keys from "
        + text(range.start(), "the first")
        + " to "
        + text(range.end(), "the last");
  }

  private static String text(@Nullable Key key, String unbounded) {
    return key == null || key.isEmpty() ? unbounded : SplitKeys.text(key);
  }
}
