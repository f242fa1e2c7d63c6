package io.flotilla.node.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/// `flotilla storage`: what can be done to a data directory while no node runs on it.
@Command(
    name = "storage",
    description = "Verifies, prints and restores what a node keeps, while it is stopped.",
    synopsisSubcommandLabel = "COMMAND",
    commandListHeading = "%nCommands:%n",
    subcommands = {
      StorageCheckCommand.class,
      StorageDumpCommand.class,
      StorageRestoreCommand.class
    })
final class StorageCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Override
  public void run() {
    throw new CommandLine.ParameterException(
        spec.commandLine(), "storage needs a command: check, dump or restore");
  }
}
