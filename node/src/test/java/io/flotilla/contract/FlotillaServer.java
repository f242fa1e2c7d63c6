package io.flotilla.contract;

import java.lang.management.ManagementFactory;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/// How to start our own node from the class path of the tests.
final class FlotillaServer {
  private static final String MAIN = "io.flotilla.node.cli.Main";

  private FlotillaServer() {}

  /// The command line up to the node's flags; the JVM flags are those of this JVM that open or
  /// permit something.
  ///
  /// @throws IllegalStateException if the class path has no node
  static List<String> command() {
    try {
      Class.forName(MAIN, false, FlotillaServer.class.getClassLoader());
    } catch (ClassNotFoundException absent) {
      throw new IllegalStateException("no class " + MAIN + " on the class path", absent);
    }
    var command = new ArrayList<String>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    for (var argument : ManagementFactory.getRuntimeMXBean().getInputArguments()) {
      if (argument.matches("--(add|enable|sun-misc)-.*")) {
        command.add(argument);
      }
    }
    var surefire = System.getProperty("surefire.test.class.path");
    command.addAll(List.of("-Xmx512m", "-XX:+UseSerialGC", "-cp"));
    command.add(surefire != null ? surefire : System.getProperty("java.class.path"));
    command.addAll(List.of(MAIN, "server"));
    return command;
  }
}
