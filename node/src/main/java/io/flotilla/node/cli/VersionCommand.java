package io.flotilla.node.cli;

import io.flotilla.node.run.Versions;
import picocli.CommandLine.Command;

/// `flotilla version`: what this is and what it stands in for.
@Command(name = "version", description = "Prints the version.")
final class VersionCommand implements Runnable {
  @Override
  public void run() {
    System.out.println("flotilla " + Versions.FLOTILLA + " (etcd API " + Versions.ETCD + ")");
    System.out.println(
        "Java "
            + Runtime.version()
            + " on "
            + System.getProperty("os.name")
            + "/"
            + System.getProperty("os.arch"));
  }
}
