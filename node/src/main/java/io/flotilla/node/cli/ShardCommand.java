package io.flotilla.node.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `flotilla shard`: what is known about the shards of a cluster that runs.
@Command(
    name = "shard",
    description = "Shows which groups serve which keys.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    subcommands = {ShardListCommand.class})
final class ShardCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(spec.commandLine(), "shard needs a command: list");
  }
}
