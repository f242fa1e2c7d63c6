package io.flotilla.node.cli;

import io.flotilla.base.NodeId;
import picocli.CommandLine.Command;

/// `flotilla node undrain`: a node may have replicas again.
@Command(
    name = "undrain",
    description = {
      "Takes `flotilla node drain` back: the node may be given replicas and leaders again.",
      "Exit status: 0 accepted, 1 refused, 2 not known."
    })
final class NodeUndrainCommand extends DrainTool {
  @Override
  int run(AdminClient client, NodeId node) throws AdminClient.FailedException {
    if (!ask(client, node, true)) {
      return REFUSED;
    }
    print("node " + node + " may have replicas again");
    return DONE;
  }
}
