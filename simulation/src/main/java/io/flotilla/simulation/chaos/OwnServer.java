package io.flotilla.simulation.chaos;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// How to start a node of this build from the class path of this process.
final class OwnServer {
  private static final String MAIN = "io.flotilla.node.cli.Main";

  private OwnServer() {}

  /// The command up to the node's flags, with those flags of this JVM that open or permit
  /// something.
  static List<String> command() {
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (String argument : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (argument.matches("--(add|enable|sun-misc)-.*")) {
        command.add(argument);
      }
    }
    command.addAll(List.of("-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp"));
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.addAll(List.of(MAIN, "server"));
    return command;
  }
}
