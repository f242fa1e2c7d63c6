package io.flotilla.node.cli;

import java.io.PrintWriter;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/// `flotilla`: the one program. Exit statuses are etcd's: 2 for a line that cannot be read, 1 for
/// settings that are wrong or a start that failed.
public final class Main {
  @Command(
      name = "flotilla",
      description = "A coordination service that speaks etcd's API.",
      synopsisSubcommandLabel = "COMMAND",
      commandListHeading = "%nCommands:%n",
      mixinStandardHelpOptions = false)
  private static final class Root {}

  private Main() {}

  public static void main(String[] args) {
    System.exit(commandLine().execute(args));
  }

  static CommandLine commandLine() {
    CommandLine root = new CommandLine(new Root());
    CommandSpec server = ServerCommand.spec();
    root.addSubcommand("server", server);
    root.addSubcommand("storage", new CommandLine(new StorageCommand()));
    root.addSubcommand("shard", new CommandLine(new ShardCommand()));
    root.addSubcommand("node", new CommandLine(new NodeCommand()));
    root.addSubcommand("health", new CommandLine(new HealthCommand()));
    root.addSubcommand("prepare", new CommandLine(new PrepareCommand()));
    root.addSubcommand("version", new CommandLine(new VersionCommand()));
    root.addSubcommand("help", new CommandLine.HelpCommand());
    root.setPosixClusteredShortOptionsAllowed(false);
    root.setUnmatchedOptionsArePositionalParams(false);
    root.setUsageHelpAutoWidth(true);
    root.setParameterExceptionHandler(Main::onBadLine);
    root.setExecutionStrategy(Main::run);
    return root;
  }

  private static int run(ParseResult parsed) {
    if (!parsed.hasSubcommand()) {
      parsed.commandSpec().commandLine().usage(System.out);
      return 0;
    }
    return new CommandLine.RunLast().execute(parsed);
  }

  private static int onBadLine(ParameterException problem, String[] args) {
    CommandLine line = problem.getCommandLine();
    PrintWriter out = line.getErr();
    out.println("flotilla: " + problem.getMessage());
    UnmatchedArgumentException.printSuggestions(problem, out);
    out.println("Try '" + helpFor(line) + "' for the list of settings.");
    boolean stray =
        problem instanceof UnmatchedArgumentException unmatched
            && unmatched.getUnmatched().stream().noneMatch(text -> text.startsWith("-"));
    return stray ? 1 : 2;
  }

  private static String helpFor(CommandLine line) {
    CommandLine parent = line.getParent();
    if (parent == null) {
      return "flotilla help";
    }
    boolean nested = parent.getParent() != null;
    return nested
        ? line.getCommandSpec().qualifiedName(" ") + " --help"
        : "flotilla help " + line.getCommandName();
  }
}
