package io.flotilla.node.cli;

import io.flotilla.base.NodeId;
import io.flotilla.proto.admin.ChangeShardsRequest;
import io.flotilla.proto.admin.ChangeShardsResponse;
import io.flotilla.proto.admin.ListShardsResponse;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `flotilla shard transfer`: another leader for a group.
@Command(
    name = "transfer",
    description = {
      "Has another node lead a group. Whether it does, only a node tells that has a replica of the"
          + " group.",
      "Exit status: 0 it leads, or was asked to; 1 refused or it does not, 2 not known."
    })
final class ShardTransferCommand extends ShardTool {
  /// How often it is looked at whether it leads.
  private static final int LOOKS = 50;

  @Option(
      names = "--group",
      paramLabel = "NUMBER",
      required = true,
      description = "Of the group, as `flotilla shard list` shows it; 0 is the root group.")
  private int group;

  @Option(
      names = "--to",
      paramLabel = "ID",
      required = true,
      description = "Of the node, in hexadecimal digits as `etcdctl member list` shows it.")
  private String to = "";

  @Override
  int run(AdminClient client) throws AdminClient.FailedException {
    NodeId node = node("--to", to);
    var transfer = ChangeShardsRequest.Transfer.newBuilder().setGroup(group).setNode(node.value());
    ChangeShardsResponse begun =
        client.change(ChangeShardsRequest.newBuilder().setTransfer(transfer).build());
    if (!begun.getRefusal().isEmpty()) {
      complain(begun.getRefusal());
      return REFUSED;
    }
    for (int look = 0; look < LOOKS; look++) {
      ListShardsResponse list = client.list();
      if (!isHere(list)) {
        print(
            "node " + node + " was asked to lead group " + group + "; a node that is on it tells");
        return DONE;
      }
      if (leader(list) == node.value()) {
        print("group " + group + " is led by " + node);
        return DONE;
      }
      ShardChangeTool.pause();
    }
    complain("group " + group + " is not led by " + node + " yet; look with `flotilla shard list`");
    return REFUSED;
  }

  /// Whether the node that was asked has a replica, and so knows who leads.
  private boolean isHere(ListShardsResponse list) {
    return list.getGroupsList().stream()
        .anyMatch(each -> each.getGroup() == group && each.getHere());
  }

  private long leader(ListShardsResponse list) {
    return list.getGroupsList().stream()
        .filter(each -> each.getGroup() == group)
        .mapToLong(ListShardsResponse.Group::getLeader)
        .findFirst()
        .orElse(0);
  }
}
