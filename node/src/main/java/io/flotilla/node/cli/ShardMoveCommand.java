package io.flotilla.node.cli;

import io.flotilla.proto.admin.ChangeShardsRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/// `flotilla shard move`: one replica of a group goes to another node.
@Command(
    name = "move",
    description = {
      "Moves one replica of a group from a node to another, while clients go on: the new one learns"
          + " first, then the old one goes.",
      "Exit status: 0 done, 1 refused, 2 not known."
    })
final class ShardMoveCommand extends PlaceTool {
  @Option(
      names = "--from",
      paramLabel = "ID",
      required = true,
      description = "Of the node, in hexadecimal digits as `etcdctl member list` shows it.")
  private String from = "";

  @Option(names = "--to", paramLabel = "ID", required = true, description = "Of the other node.")
  private String to = "";

  @Override
  ChangeShardsRequest request() {
    var move =
        ChangeShardsRequest.Move.newBuilder()
            .setGroup(group())
            .setFrom(node("--from", from).value())
            .setTo(node("--to", to).value());
    return ChangeShardsRequest.newBuilder().setMove(move).build();
  }
}
