package io.flotilla.node.cli;

import io.flotilla.base.NodeId;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import picocli.CommandLine.Parameters;

/// The commands that say whether a node is to be emptied.
abstract class DrainTool extends ShardTool {
  @Parameters(
      paramLabel = "ID",
      description = "Of the node, in hexadecimal digits as `etcdctl member list` shows it.")
  private String id = "";

  /// @return the exit status
  abstract int run(AdminClient client, NodeId node) throws AdminClient.FailedException;

  @Override
  int run(AdminClient client) throws AdminClient.FailedException {
    return run(client, node("ID", id));
  }

  /// Whether it was accepted; says why if it was not.
  final boolean ask(AdminClient client, NodeId node, boolean undo)
      throws AdminClient.FailedException {
    var drain = ChangeShardsRequest.Drain.newBuilder().setNode(node.value()).setUndo(undo);
    ChangeShardsResponse answer =
        client.change(ChangeShardsRequest.newBuilder().setDrain(drain).build());
    if (!answer.getRefusal().isEmpty()) {
      complain(answer.getRefusal());
      return false;
    }
    return true;
  }
}
