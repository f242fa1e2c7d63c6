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
      "Has another node lead a group.",
      "Exit status: 0 it leads, 1 refused or it does not, 2 not known."
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
      if (leader(client.list()) == node.value()) {
        print("group " + group + " is led by " + node);
        return DONE;
      }
      ShardChangeTool.pause();
    }
    complain("group " + group + " is not led by " + node + " yet; look with `flotilla shard list`");
    return REFUSED;
  }

  private long leader(ListShardsResponse list) {
    return list.getGroupsList().stream()
        .filter(each -> each.getGroup() == group)
        .mapToLong(ListShardsResponse.Group::getLeader)
        .findFirst()
        .orElse(0);
  }
}
