package io.flotilla.node.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `flotilla shard`: shows and changes the shards of a cluster that runs.
@Command(
    name = "shard",
    description = "Shows which groups serve which keys, and changes that while clients go on.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    subcommands = {
      ShardListCommand.class,
      ShardSplitCommand.class,
      ShardMergeCommand.class,
      ShardDetachCommand.class,
      ShardTransferCommand.class,
      ShardMoveCommand.class,
      ShardPlaceCommand.class,
      ShardCancelCommand.class,
      ShardPlanCommand.class
    })
final class ShardCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(),
        "shard needs a command: list, split, merge, detach, transfer, move, place, cancel or plan");
  }
}
