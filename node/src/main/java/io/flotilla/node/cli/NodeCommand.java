package io.flotilla.node.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `flotilla node`: what is about one node of a cluster that runs.
@Command(
    name = "node",
    description = "Empties a node of replicas of shard groups, or fills it again.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    subcommands = {NodeDrainCommand.class, NodeUndrainCommand.class})
final class NodeCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "node needs a command: drain or undrain");
  }
}
