package io.flotilla.node.cli;

import io.flotilla.base.NodeId;
import io.flotilla.proto.admin.ListShardsResponse;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `flotilla node drain`: a node is to have no replicas of groups that are on some nodes only.
@Command(
    name = "drain",
    description = {
      "Empties a node: it is given no replicas any more, its leaders go to other nodes, and groups"
          + " that are on some nodes only leave it one after the other. Groups that are on every"
          + " member stay until it is removed as a member.",
      "Exit status: 0 accepted, or done with --wait; 1 refused, 2 not known."
    })
final class NodeDrainCommand extends DrainTool {
  private static final long PROGRESS_NANOS = 5_000_000_000L;

  @Option(names = "--wait", description = "Returns when the node is empty.")
  private boolean wait;

  @Override
  int run(AdminClient client, NodeId node) throws AdminClient.FailedException {
    if (!ask(client, node, false)) {
      return REFUSED;
    }
    print("node " + node + " is being emptied");
    return wait ? seeThrough(client, node) : DONE;
  }

  private int seeThrough(AdminClient client, NodeId node) throws AdminClient.FailedException {
    long toldNanos = System.nanoTime();
    while (true) {
      long left = client.list().getGroupsList().stream().filter(group -> isOn(group, node)).count();
      if (left == 0) {
        print("node " + node + " is empty");
        return DONE;
      }
      if (System.nanoTime() - toldNanos >= PROGRESS_NANOS) {
        toldNanos = System.nanoTime();
        complain(left + " groups have a replica on it; `flotilla shard plan` says what comes next");
      }
      ShardChangeTool.pause();
    }
  }

  private static boolean isOn(ListShardsResponse.Group group, NodeId node) {
    return group.getNodesList().contains(node.value())
        || group.getHoldersList().contains(node.value())
        || group.getLeavingList().contains(node.value());
  }
}
