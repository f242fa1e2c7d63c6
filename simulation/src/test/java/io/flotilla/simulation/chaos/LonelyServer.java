package io.flotilla.simulation.chaos;

import io.flotilla.node.cli.Main;

/// A node with a planted fault: whatever cluster it is told to found with others, it founds one
/// alone.
public final class LonelyServer {
  private LonelyServer() {}

  public static void main(String[] args) {
    String name = "";
    String url = "";
    for (int i = 0; i + 1 < args.length; i++) {
      name = args[i].equals("--name") ? args[i + 1] : name;
      url = args[i].equals("--initial-advertise-peer-urls") ? args[i + 1] : url;
    }
    for (int i = 0; i + 1 < args.length; i++) {
      if (args[i].equals("--initial-cluster")) {
        args[i + 1] = name + "=" + url;
      }
    }
    Main.main(args);
  }
}
