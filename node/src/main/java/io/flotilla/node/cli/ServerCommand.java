package io.flotilla.node.cli;

import io.flotilla.node.config.ConfigException;
import io.flotilla.node.config.NodeConfig;
import io.flotilla.node.config.NodeConfigReader;
import io.flotilla.node.config.SettingTexts;
import io.flotilla.node.log.LogSetup;
import io.flotilla.node.run.Node;
import io.flotilla.node.run.StartupException;
import io.flotilla.node.run.Versions;
import java.util.Map;
import java.util.concurrent.Callable;
import org.slf4j.LoggerFactory;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;

/// `flotilla server`: runs a node until it is told to stop.
final class ServerCommand implements Callable<Integer> {
  private final CommandSpec spec = CommandSpec.wrapWithoutInspection(this);

  private ServerCommand() {}

  /// The command with one option for each setting.
  static CommandSpec spec() {
    CommandSpec spec = new ServerCommand().spec;
    spec.name("server");
    spec.usageMessage()
        .description(
            "Runs a node. Every setting is also a variable (--data-dir is ETCD_DATA_DIR) and a"
                + " line of the --config-file.");
    ServerOptions.addTo(spec);
    spec.addOption(help());
    spec.addOption(version());
    return spec;
  }

  @Override
  public Integer call() {
    Map<String, String> flags = ServerOptions.given(spec.commandLine().getParseResult());
    NodeConfig config;
    try {
      config = NodeConfigReader.read(SettingTexts.merge(flags, System.getenv()));
    } catch (ConfigException e) {
      e.problems().forEach(problem -> spec.commandLine().getErr().println("flotilla: " + problem));
      spec.commandLine().getErr().println("Try 'flotilla help server' for the list of settings.");
      return e.exitStatus();
    }
    LogSetup.apply(config.log());
    var log = LoggerFactory.getLogger(ServerCommand.class);
    config.warnings().forEach(warning -> log.warn("{}", warning));
    log.atInfo()
        .addKeyValue("version", Versions.FLOTILLA)
        .addKeyValue("etcd-api", Versions.ETCD)
        .addKeyValue("data-dir", config.dataDir())
        .log("starting flotilla");
    try {
      return Node.runUntilStopped(config);
    } catch (StartupException e) {
      log.error("{}", e.getMessage());
      return 1;
    }
  }

  private static OptionSpec help() {
    return OptionSpec.builder("-h", "--help").usageHelp(true).description("This text.").build();
  }

  private static OptionSpec version() {
    return OptionSpec.builder("--version")
        .versionHelp(true)
        .description("Prints the version.")
        .build();
  }
}
